import { rememberConsent } from '../../oidc/index.ts';
import { localeOf } from '../render-page.ts';
import { askedScopes, missingScopes } from './asked-scopes.ts';
import type { StepRequest } from './step-request.ts';

/**
 * Writes what was allowed into the grant of this account and client, and what was left out as rejected, so that
 * neither is asked again.
 * @returns the id of the grant
 */
export async function saveGrant(request: StepRequest, ticked: ReadonlySet<string>): Promise<string> {
  const { deps, ctx, client, uiLocales, interaction } = request;
  const { Grant } = deps.provider();
  const missing = missingScopes(request);
  const leftOut = new Set(
    (await askedScopes(request))
      .filter(({ isOptional, name }) => isOptional && !ticked.has(name))
      .map(({ name }) => name),
  );

  const known = interaction.grantId === undefined ? undefined : await Grant.find(interaction.grantId);
  const grant =
    known ??
    new Grant({
      accountId: interaction.session?.accountId ?? '',
      clientId: String(interaction.params['client_id']),
    });
  for (const scope of missing.openid) {
    if (leftOut.has(scope)) grant.rejectOIDCScope(scope);
    else grant.addOIDCScope(scope);
  }
  grant.addOIDCClaims([...missing.claims]);
  for (const [resource, scopes] of Object.entries(missing.resources)) {
    for (const scope of scopes) {
      if (leftOut.has(scope)) grant.rejectResourceScope(resource, scope);
      else grant.addResourceScope(resource, scope);
    }
  }
  const grantId = await grant.save();
  const locale = localeOf(deps.templates.locales, ctx, uiLocales);
  await rememberConsent(deps, grant, { app: client?.name ?? '', locale });
  deps.outbox.soon();
  return grantId;
}
