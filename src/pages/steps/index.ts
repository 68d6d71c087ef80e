import type { ProfileRules } from '../../accounts/index.ts';
import type { DefinedPage } from '../define-page.ts';
import type { ShownStep } from '../next-step.ts';
import { acceptDocumentsPage } from './accept-documents.ts';
import { challengePage } from './challenge.ts';
import { changePasswordPage } from './change-password.ts';
import { completeProfilePage } from './complete-profile.ts';
import { consentPage } from './consent.ts';
import { createAccountPage } from './create-account.ts';
import { enrolPasskeyPage, enrolTotpPage } from './enrol.ts';
import { identifyPage } from './identify.ts';
import { offerPasskeyPage } from './offer-passkey.ts';
import { passwordPage } from './password.ts';
import { proveAddressPage } from './prove-address.ts';
import { recoverPage } from './recover.ts';
import { registerPage } from './register.ts';
import { reopenPage } from './reopen.ts';
import { resetPasswordPage } from './reset-password.ts';
import { saveRecoveryCodesPage } from './save-recovery-codes.ts';
import { selectAccountPage } from './select-account.ts';
import type { StepOutcome, StepRequest } from './step-request.ts';

export type StepPages = Readonly<Record<ShownStep, DefinedPage<StepRequest, StepOutcome>>>;

/** The page of each step. */
export const stepPages = (rules: ProfileRules): StepPages => ({
  'select-account': selectAccountPage,
  identify: identifyPage,
  register: registerPage,
  'prove-address': proveAddressPage,
  'create-account': createAccountPage,
  recover: recoverPage,
  'reset-password': resetPasswordPage,
  password: passwordPage,
  'challenge-passkey': challengePage('passkey'),
  'challenge-totp': challengePage('totp'),
  'challenge-recovery-code': challengePage('recovery-code'),
  'change-password': changePasswordPage,
  reopen: reopenPage,
  'enrol-passkey': enrolPasskeyPage,
  'enrol-totp': enrolTotpPage,
  'save-recovery-codes': saveRecoveryCodesPage,
  'offer-passkey': offerPasskeyPage,
  'accept-documents': acceptDocumentsPage,
  'complete-profile': completeProfilePage(rules),
  consent: consentPage,
});

export type { StepRequest } from './step-request.ts';
