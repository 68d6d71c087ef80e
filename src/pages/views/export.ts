import { defineView } from '../view.ts';

export interface CopyLine {
  /** "Asked for on …" */
  asked: string;
  /** "Available until …"; null while it is being made. */
  until: string | null;
  /** Where to read it, and where to load it. */
  read: string;
  load: string;
}

export interface ExportModel {
  action: string;
  csrf: string;
  copies: CopyLine[];
  /** Not where there is one of today. */
  canAsk: boolean;
}

const model: ExportModel = { action: '#', csrf: 'sample', copies: [], canAsk: true };
const ready: CopyLine = {
  asked: 'Asked for on 25 November 2026 at 10:14',
  until: 'Available until 2 December 2026',
  read: '#read',
  load: '#load',
};

export const exportView = defineView<ExportModel>({
  name: 'export',
  fields: [],
  samples: {
    none: { model },
    'being made': { model: { ...model, canAsk: false, copies: [{ ...ready, until: null }] } },
    ready: {
      model: { ...model, copies: [ready, { ...ready, asked: 'Asked for on 20 November 2026 at 9:00' }] },
    },
  },
});
