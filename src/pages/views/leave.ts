import { defineView, longClient, sampleClient } from '../view.ts';

export interface LeaveModel {
  url: string;
}

export const leaveView = defineView<LeaveModel>({
  name: 'leave',
  fields: [],
  samples: {
    'to an app': { model: { url: '#' }, client: sampleClient },
    'to an app with a long name': { model: { url: '#' }, client: longClient },
    onward: { model: { url: '#' } },
  },
});
