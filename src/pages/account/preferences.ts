import { z } from 'zod';
import { updateProfile } from '../../accounts/index.ts';
import { ownPreferences, saveOwnPreferences, themes } from '../../preferences/index.ts';
import { definePage } from '../define-page.ts';
import { rememberLanguage } from '../language-choice.ts';
import { localeOf } from '../render-page.ts';
import { rememberTheme } from '../theme.ts';
import { preferencesView } from '../views/preferences.ts';
import type { AccountOutcome, AccountRequest } from './account-request.ts';
import { isTimeZone } from './profile-form.ts';

const choices: readonly string[] = themes;

/** How somebody would like our pages and mails. */
export const preferencesPage = definePage({
  view: preferencesView,
  form: z.object({
    theme: z.enum(themes).default('auto'),
    language: z.string().max(20).default(''),
    zoneinfo: z
      .string()
      .trim()
      .default('')
      .refine(zone => zone === '' || isTimeZone(zone), 'profile.zoneinfo-invalid'),
    new_device: z.string().optional(),
    app_allowed: z.string().optional(),
  }),
  async show({ deps, ctx, account }: AccountRequest, kept) {
    const { locales } = deps.templates;
    const locale = localeOf(locales, ctx, undefined);
    const own = await ownPreferences(deps, account.id);
    const theme = kept.theme ?? own.theme;
    const { locale: said = '', zoneinfo = '' } = account.claims as { locale?: string; zoneinfo?: string };
    const language = kept.language ?? locales.tags.find(tag => tag === said.split('-')[0]) ?? '';
    return {
      themes: choices.map(value => ({
        value,
        label: locales.format(locale, `preferences.theme-${value}`),
        isChosen: value === theme,
      })),
      languageOptions: [
        { value: '', label: locales.format(locale, 'preferences.language-auto'), isChosen: language === '' },
        ...locales.tags.map(tag => ({ value: tag, label: locales.nameOf(tag), isChosen: tag === language })),
      ],
      zoneinfo: kept.zoneinfo ?? zoneinfo,
      newDevice: own.notices.newDevice,
      appAllowed: own.notices.appAllowed,
    };
  },
  async submit({ deps, ctx, account }, form): Promise<AccountOutcome> {
    const { tags } = deps.templates.locales;
    const language = tags.find(tag => tag === form.language);
    // A language of theirs with its region says more than one of ours.
    const { locale = '' } = account.claims as { locale?: string };
    const isSame = language !== undefined && locale.split('-')[0] === language;
    await updateProfile(deps, account.id, {
      claims: {
        ...(isSame ? {} : { locale: language }),
        zoneinfo: form.zoneinfo === '' ? undefined : form.zoneinfo,
      },
    });
    await saveOwnPreferences(deps, account.id, {
      theme: form.theme,
      notices: { newDevice: form.new_device !== undefined, appAllowed: form.app_allowed !== undefined },
    });
    rememberTheme(ctx, form.theme);
    rememberLanguage(ctx, language);
    return 'done';
  },
});
