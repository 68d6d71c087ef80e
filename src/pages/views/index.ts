import type { View } from '../view.ts';
import { accountView } from './account.ts';
import { activityView } from './activity.ts';
import { approveView } from './approve.ts';
import { avatarView } from './avatar.ts';
import { challengeView } from './challenge.ts';
import { changeEmailView } from './change-email.ts';
import { closeAccountView } from './close-account.ts';
import { completeProfileView } from './complete-profile.ts';
import { confirmView } from './confirm.ts';
import { consentView } from './consent.ts';
import { copyView } from './copy.ts';
import { createAccountView } from './create-account.ts';
import { deviceCodeView, deviceConfirmView } from './device.ts';
import { acceptDocumentsView, documentView } from './documents.ts';
import { enrolPasskeyView } from './enrol-passkey.ts';
import { enrolTotpView } from './enrol-totp.ts';
import { errorView } from './error.ts';
import { exportView } from './export.ts';
import { factorsView } from './factors.ts';
import { formPostView } from './form-post.ts';
import { identifierView } from './identifier.ts';
import { leaveView } from './leave.ts';
import { noticeView } from './notice.ts';
import { passwordView } from './password.ts';
import { preferencesView } from './preferences.ts';
import { profileView } from './profile.ts';
import { proveAddressView } from './prove-address.ts';
import { receiptView } from './receipt.ts';
import { recoverView } from './recover.ts';
import { recoveryCodesView } from './recovery-codes.ts';
import { registerView } from './register.ts';
import { resetPasswordView } from './reset-password.ts';
import { selectAccountView } from './select-account.ts';
import { setUpView } from './set-up.ts';
import { signOutView } from './sign-out.ts';
import { signedOutView } from './signed-out.ts';

/** Every view there is, in the order in which people meet them. The gallery and the tests walk this list. */
export const allViews = [
  identifierView,
  passwordView,
  registerView,
  proveAddressView,
  createAccountView,
  recoverView,
  resetPasswordView,
  challengeView,
  enrolPasskeyView,
  enrolTotpView,
  recoveryCodesView,
  confirmView,
  selectAccountView,
  acceptDocumentsView,
  documentView,
  completeProfileView,
  consentView,
  approveView,
  leaveView,
  formPostView,
  signOutView,
  signedOutView,
  noticeView,
  errorView,
  deviceCodeView,
  deviceConfirmView,
  accountView,
  profileView,
  avatarView,
  factorsView,
  activityView,
  changeEmailView,
  preferencesView,
  exportView,
  copyView,
  closeAccountView,
  receiptView,
  setUpView,
] as unknown as readonly View<object, string>[];
