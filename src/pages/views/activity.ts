import { defineView } from '../view.ts';

export interface ActivityLine {
  what: string;
  at: string;
  /** The browser and the address it came from, and who did it if it was not the person. */
  from: string;
}

export interface ActivityModel {
  action: string;
  csrf: string;
  lines: ActivityLine[];
  /** The address of those that happened before. */
  older: string | null;
}

const line = (what: string, from: string): ActivityLine => ({
  what,
  at: '25 Nov 2026, 14:07 GMT',
  from,
});
const here = 'Chrome on Windows · 203.0.113.7';
const model: ActivityModel = {
  action: '#',
  csrf: 'sample',
  lines: [
    line('Signed in to Lantern Travel', here),
    line('A wrong password was entered', 'Unknown browser · 2001:db8:85a3:8d3:1319:8a2e:370:7348'),
    line('A link to reset the password was made', 'By an operator'),
    line('Account created', here),
  ],
  older: null,
};

export const activityView = defineView<ActivityModel>({
  name: 'activity',
  fields: [],
  samples: {
    'some events': { model },
    'more to come': { model: { ...model, older: '#' } },
    nothing: { model: { ...model, lines: [] } },
  },
});
