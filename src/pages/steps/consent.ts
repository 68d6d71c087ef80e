import { z } from 'zod';
import { accountsRepository, displayNameOf } from '../../accounts/index.ts';
import { parseDetails } from '../../oidc/index.ts';
import { definePage } from '../define-page.ts';
import { detailsInWords } from '../details-in-words.ts';
import { localeOf } from '../render-page.ts';
import { scopeInWords } from '../scope-in-words.ts';
import { consentView, type ScopeLine } from '../views/consent.ts';
import { type AskedScope, askedScopes } from './asked-scopes.ts';
import { saveGrant } from './save-grant.ts';
import type { StepOutcome, StepRequest } from './step-request.ts';

const ticks = z.union([z.string().transform(value => [value]), z.array(z.string())]).default([]);

export const consentPage = definePage({
  view: consentView,
  form: z.object({ scope: ticks }),
  async show(request: StepRequest) {
    const { deps, interaction } = request;
    const account = await accountsRepository(deps.database).findById(interaction.session?.accountId ?? '');
    const scopes = await askedScopes(request);
    const locale = localeOf(deps.templates.locales, request.ctx, request.uiLocales);
    return {
      details: await detailsInWords(deps, locale, parseDetails(interaction.params['authorization_details'])),
      account: account === undefined ? '' : displayNameOf(account),
      scopes: scopes.map((scope, index) => line(request, scope, index)),
    };
  },
  async submit(request, { scope }): Promise<StepOutcome> {
    return { grantId: await saveGrant(request, new Set(scope)) };
  },
});

function line({ deps, ctx, uiLocales }: StepRequest, scope: AskedScope, index: number): ScopeLine {
  const { locales } = deps.templates;
  const locale = localeOf(locales, ctx, uiLocales);
  return {
    id: String(index),
    value: scope.name,
    isOptional: scope.isOptional,
    isTicked: scope.isOptional,
    text:
      scope.api === undefined
        ? scopeInWords(deps, locale, scope.name)
        : locales.format(locale, 'scope.other', { scope: scope.name, api: scope.api }),
  };
}
