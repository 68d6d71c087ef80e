import type { Gatehouse } from './start-gatehouse.ts';

/** The one block that `npm start` prints. */
export function welcome({ issuer, setupUrl, demo }: Gatehouse): string {
  const lines: [string, string][] = [
    ['Issuer', issuer],
    ['Discovery', `${issuer}/.well-known/openid-configuration`],
  ];
  if (setupUrl !== undefined) lines.push(['First administrator', setupUrl]);
  if (demo !== undefined) {
    const { client_id: id, client_secret: secret = '' } = demo.clients['demo-machine'] ?? { client_id: '' };
    lines.push(
      ['Sample application', demo.sample_url],
      ['Demo account', `${demo.account.email}   ${demo.account.password}`],
      ['Mailbox', demo.mailbox_url],
      ['API documentation', `${demo.management_url}/api/docs`],
      [
        'A token',
        `curl -u ${id}:${secret} -d grant_type=client_credentials -d scope=accounts:read -d resource=${issuer}/api ${issuer}/token`,
      ],
    );
  }
  const width = Math.max(...lines.map(([label]) => label.length)) + 2;
  return [
    '',
    'Gatehouse is ready.',
    '',
    ...lines.map(([label, text]) => `  ${label.padEnd(width)}${text}`),
    '',
  ].join('\n');
}
