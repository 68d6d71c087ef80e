/* Answers an app's page: is the sign-in it knows still the one in this browser? (OpenID Connect Session Management 1.0) */
(function () {
  'use strict';

  var cookieName = document.documentElement.getAttribute('data-cookie');

  function browserState() {
    var found = '';
    document.cookie.split('; ').forEach(function (pair) {
      var at = pair.indexOf('=');
      if (pair.slice(0, at) === cookieName) found = pair.slice(at + 1);
    });
    return found;
  }

  // Where a browser keeps our cookie from us there is nothing to compare, and "changed" would sign people out.
  function mayLook() {
    return document.hasStorageAccess ? document.hasStorageAccess() : Promise.resolve(true);
  }

  function digest(text) {
    return crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)).then(function (bytes) {
      var binary = String.fromCharCode.apply(null, new Uint8Array(bytes));
      return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
    });
  }

  function compare(message, origin) {
    var parts = /^(\S+) ([\w-]+)\.([\w-]+)$/.exec(message);
    if (!parts) return Promise.resolve('error');
    return mayLook().then(function (isAllowed) {
      if (!isAllowed) return 'error';
      return digest(parts[1] + ' ' + origin + ' ' + browserState() + ' ' + parts[3]).then(
        function (expected) {
          return expected === parts[2] ? 'unchanged' : 'changed';
        },
      );
    });
  }

  window.addEventListener('message', function (event) {
    if (!event.source || event.source === window || typeof event.data !== 'string') return;
    function answer(text) {
      event.source.postMessage(text, event.origin);
    }
    compare(event.data, event.origin).then(answer, function () {
      answer('error');
    });
  });
})();
