/* The part of passkeys that only a browser can do. What it says goes into the form; whether it is true is looked at there. */
(function () {
  'use strict';

  var webauthn = window.SimpleWebAuthnBrowser;
  var credential = window.PublicKeyCredential;
  if (!webauthn || !webauthn.browserSupportsWebAuthn()) return;

  function byId(id) {
    return document.getElementById(id);
  }

  // Lists that password managers keep of passkeys agree with ours (Web Authentication Level 3 section 5.1.10).
  function signal(name, value) {
    if (value && typeof credential[name] === 'function')
      credential[name](JSON.parse(value)).catch(function () {});
  }

  Array.prototype.forEach.call(document.querySelectorAll('[data-passkeys-kept]'), function (element) {
    signal('signalAllAcceptedCredentials', element.getAttribute('data-passkeys-kept'));
    signal('signalCurrentUserDetails', element.getAttribute('data-passkeys-owner'));
  });

  var place = byId('passkey');
  if (!place) return;
  var button = byId('use-passkey');
  var request = place.getAttribute('data-passkey-request');
  var creation = place.getAttribute('data-passkey-creation');
  signal('signalUnknownCredential', place.getAttribute('data-passkey-unknown'));

  function send(answer) {
    byId('passkey-answer').value = JSON.stringify(answer);
    place.closest('form').requestSubmit(byId('send-passkey'));
  }

  function ask(isByItself) {
    var options = JSON.parse(request || creation);
    return request
      ? webauthn.startAuthentication({ optionsJSON: options, useBrowserAutofill: isByItself })
      : webauthn.startRegistration({ optionsJSON: options, useAutoRegister: isByItself });
  }

  function failed(error) {
    // Somebody who closes the question wants none; what the browser begins by itself fails quietly.
    if (error && error.code === 'ERROR_CEREMONY_ABORTED') return;
    byId('passkey-failed').hidden = false;
  }

  byId('passkey-impossible').hidden = true;
  button.hidden = false;
  button.addEventListener('click', function () {
    byId('passkey-failed').hidden = true;
    ask(false).then(send, failed);
  });

  // Offered in the list of the identifier field, or made beside a password that was just filled in.
  if (place.hasAttribute('data-autofill')) {
    var canByItself = request
      ? webauthn.browserSupportsWebAuthnAutofill()
      : credential.getClientCapabilities
        ? credential.getClientCapabilities().then(function (can) {
            return can.conditionalCreate;
          })
        : Promise.resolve(false);
    canByItself
      .then(function (can) {
        return can ? ask(true).then(send) : undefined;
      })
      .catch(function () {});
  }

  webauthn.platformAuthenticatorIsAvailable().then(function (isAvailable) {
    if (isAvailable) byId('has-authenticator').value = 'yes';
  });
})();
