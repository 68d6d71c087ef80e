/* Comfort only: every page works without it. */
(function () {
  'use strict';

  function each(selector, work) {
    Array.prototype.forEach.call(document.querySelectorAll(selector), work);
  }

  // Show and hide what is typed; hidden again before it is sent, so that browsers do not store it as text.
  each('[data-shows]', function (button) {
    var input = document.getElementById(button.getAttribute('data-shows'));
    function set(shown) {
      input.type = shown ? 'text' : 'password';
      button.setAttribute('aria-pressed', String(shown));
      button.textContent = button.getAttribute(shown ? 'data-hide-text' : 'data-show-text');
    }
    button.hidden = false;
    button.addEventListener('click', function () {
      set(input.type === 'password');
    });
    input.form.addEventListener('submit', function () {
      set(false);
    });
  });

  // One press, one request. The button that was pressed must still be sent, so nothing is disabled.
  var sent = false;
  each('form', function (form) {
    form.addEventListener('submit', function (event) {
      if (sent) event.preventDefault();
      sent = true;
      each('.button', function (button) {
        button.setAttribute('aria-disabled', 'true');
      });
    });
  });
  window.addEventListener('pageshow', function (event) {
    if (!event.persisted) return;
    sent = false;
    each('.button', function (button) {
      button.removeAttribute('aria-disabled');
    });
  });

  var form = document.querySelector('form[data-submits-itself]');
  if (form) {
    sent = true;
    HTMLFormElement.prototype.submit.call(form);
  }
})();
