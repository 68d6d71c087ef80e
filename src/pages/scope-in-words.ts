import { labelOf } from './account/profile-form.ts';
import type { PagesDeps } from './pages-deps.ts';

/** What a scope of ours releases: those of OpenID Connect have words, those of attributes name them. */
export function scopeInWords({ templates, profileRules }: PagesDeps, locale: string, scope: string): string {
  const { locales } = templates;
  const labels = profileRules.attributes
    .filter(attribute => attribute.scope === scope)
    .map(attribute => labelOf(attribute, locale));
  const isStandard = locales.has(`scope.${scope}`);
  const texts = [
    ...(isStandard ? [locales.format(locale, `scope.${scope}`)] : []),
    ...(labels.length === 0
      ? []
      : [locales.format(locale, 'scope.attributes', { labels: new Intl.ListFormat(locale).format(labels) })]),
  ];
  return texts.join(' · ');
}
