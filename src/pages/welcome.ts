import { type Account, emailKeyOf } from '../accounts/index.ts';
import { tellOfNewDevice } from '../recovery/index.ts';
import { knownDevice, rememberDevice } from './known-device.ts';
import { localeOf } from './render-page.ts';
import type { StepRequest } from './steps/step-request.ts';

/** Somebody has proved to be this person. Where they never did before it may be somebody else: they are told, once. */
export async function welcome(
  { deps, ctx, client, uiLocales }: StepRequest,
  account: Account,
): Promise<void> {
  const person = emailKeyOf(account.email);
  if (knownDevice(deps, ctx, person) === undefined) {
    const locale = localeOf(deps.templates.locales, ctx, uiLocales);
    await tellOfNewDevice(deps, { account, locale, app: client?.name ?? '' });
  }
  rememberDevice(deps, ctx, person);
}
