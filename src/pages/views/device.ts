import { defineView, longClient, sampleClient } from '../view.ts';

export interface DeviceCodeModel {
  action: string;
  xsrf: string;
  userCode: string;
}

export type DeviceConfirmModel = DeviceCodeModel;

const model: DeviceCodeModel = { action: '#', xsrf: 'sample', userCode: '' };

export const deviceCodeView = defineView<DeviceCodeModel, 'user_code'>({
  name: 'device-code',
  fields: ['user_code'],
  samples: {
    empty: { model },
    'not correct': { model: { ...model, userCode: 'BCDF-GHJK' }, problems: { user_code: 'device.wrong' } },
  },
});

export const deviceConfirmView = defineView<DeviceConfirmModel>({
  name: 'device-confirm',
  fields: [],
  samples: {
    'for an app': { model: { ...model, userCode: 'BCDF-GHJK' }, client: sampleClient },
    'long names': { model: { ...model, userCode: 'BCDF-GHJK' }, client: longClient },
  },
});
