/** Values in a template are escaped, unless they are HTML made by this function. */
export function html(strings: TemplateStringsArray, ...values: (string | number | Html | Html[])[]): Html {
  const text = strings.map(
    (part, index) => part + (index < values.length ? render(values[index] ?? '') : ''),
  );
  return { html: text.join('') };
}

export interface Html {
  html: string;
}

function render(value: string | number | Html | Html[]): string {
  if (Array.isArray(value)) return value.map(each => each.html).join('\n');
  return typeof value === 'object' ? value.html : escape(String(value));
}

function escape(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, character => entities[character] ?? character);
}

export function page(title: string, content: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="stylesheet" href="/sample.css">
</head>
<body>
<header><strong>Sample application</strong> <span>not part of Gatehouse; its code is in scripts/sample</span></header>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>`.html;
}

/** A table of names and values, JSON where a value is no plain text. */
export function table(id: string, values: object): Html {
  const rows = Object.entries(values).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value, null, 1);
    return html`<tr><th scope="row">${name}</th><td id="${id}-${name}">${text}</td></tr>`;
  });
  return html`<table id="${id}">${rows}</table>`;
}
