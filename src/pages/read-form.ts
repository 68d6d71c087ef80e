import { bodyParser } from '@koa/bodyparser';

/** Only on our own routes: the provider reads its own bodies, and a body can be read once. */
export const readForm = bodyParser({ enableTypes: ['form'], formLimit: '16kb' });
