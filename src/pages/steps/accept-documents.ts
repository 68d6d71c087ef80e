import { z } from 'zod';
import { definePage } from '../define-page.ts';
import { documentLinks, versionsForm, versionsIn } from '../documents-form.ts';
import { localeOf } from '../render-page.ts';
import { acceptDocumentsView } from '../views/documents.ts';
import type { StepOutcome, StepRequest } from './step-request.ts';

/** Whoever is signed in agrees to what they have not agreed to yet, or has changed since. */
export const acceptDocumentsPage = definePage({
  view: acceptDocumentsView,
  form: z.object(versionsForm),
  async show(request: StepRequest) {
    const { deps, ctx, uiLocales } = request;
    const accountId = accountIdOf(request);
    const locale = localeOf(deps.templates.locales, ctx, uiLocales);
    const missing = await deps.documents.missing(accountId);
    return {
      isAgain: await deps.documents.hasAgreedBefore(accountId, missing),
      documents: documentLinks(missing, locale),
    };
  },
  async submit(request, form): Promise<StepOutcome> {
    const { deps, ctx, uiLocales } = request;
    const versions = versionsIn(form);
    const locale = localeOf(deps.templates.locales, ctx, uiLocales);
    const accountId = accountIdOf(request);
    await deps.database.prisma.$transaction(transaction =>
      deps.documents.accept(transaction, { accountId, versions, locale }),
    );
    // What changed while they read is asked for at once.
    return { hasAgreed: (await deps.documents.missing(accountId)).length === 0 };
  },
});

function accountIdOf({ interaction }: StepRequest): string {
  return interaction.session?.accountId ?? '';
}
