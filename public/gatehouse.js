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

  // What has to be kept: to the clipboard, into a file, onto paper.
  function textOf(id) {
    var place = document.getElementById(id);
    var lines = [];
    Array.prototype.forEach.call(place.querySelectorAll('li'), function (item) {
      lines.push(item.textContent);
    });
    return lines.length > 0 ? lines.join('\n') + '\n' : place.textContent;
  }
  each('[data-needs-script]', function (place) {
    place.hidden = false;
  });
  each('[data-copies]', function (button) {
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener('click', function () {
      navigator.clipboard.writeText(textOf(button.getAttribute('data-copies'))).then(
        function () {
          button.textContent = button.getAttribute('data-copied');
        },
        function () {},
      );
    });
  });
  each('[data-saves]', function (button) {
    button.hidden = false;
    button.addEventListener('click', function () {
      var link = document.createElement('a');
      link.download = button.getAttribute('data-file');
      link.href = URL.createObjectURL(
        new Blob([textOf(button.getAttribute('data-saves'))], { type: 'text/plain' }),
      );
      link.click();
      URL.revokeObjectURL(link.href);
    });
  });
  each('[data-prints]', function (button) {
    button.hidden = false;
    button.addEventListener('click', function () {
      window.print();
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
