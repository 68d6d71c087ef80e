/**
 * Owns how people would like things: the theme and which mails they get, and whatever apps keep for them under names of
 * their own. Does not own language and time zone, which are claims (accounts).
 */
export {
  type OwnPreferences,
  ownPreferences,
  saveOwnPreferences,
  themes,
  wantsNotice,
} from './own-preferences.ts';
export {
  keyShape,
  mostKeys,
  namespaceShape,
  ownNamespace,
  type Preferences,
  preferencesRepository,
} from './preferences.repository.ts';
