import type { DocumentLink } from '../documents-form.ts';
import { defineView, longClient, sampleClient } from '../view.ts';

export interface AcceptDocumentsModel {
  action: string;
  csrf: string;
  documents: DocumentLink[];
  /** Somebody agreed to one before that has changed. */
  isAgain: boolean;
}

const terms = { title: 'Terms of use', href: '#terms', version: 'a' };
const privacy = { title: 'Privacy notice', href: '#privacy', version: 'b' };
const model: AcceptDocumentsModel = {
  action: '#',
  csrf: 'sample',
  documents: [terms, privacy],
  isAgain: false,
};

export const acceptDocumentsView = defineView<AcceptDocumentsModel>({
  name: 'accept-documents',
  fields: [],
  samples: {
    two: { model, client: sampleClient },
    changed: { model: { ...model, isAgain: true, documents: [terms] }, client: longClient },
  },
});

export interface DocumentModel {
  title: string;
  paragraphs: string[];
  /** Of the text, which may not be there in that of the page. */
  textLanguage: string;
  textDirection: string;
}

export const documentView = defineView<DocumentModel>({
  name: 'document',
  fields: [],
  samples: {
    short: {
      model: {
        title: 'Terms of use',
        paragraphs: [
          'Use this service as you would want others to use it.',
          'You can leave at any time. What we know of you goes with you.',
        ],
        textLanguage: 'en',
        textDirection: 'ltr',
      },
    },
  },
});
