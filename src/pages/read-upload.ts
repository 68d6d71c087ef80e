import { Busboy, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy';
import type { Context, Middleware } from 'koa';
import { AppError } from '../kernel/index.ts';

/** One file of a form, as far as it was read. */
export interface Upload {
  bytes: Uint8Array;
  /** There was more than is taken. */
  isTooLarge: boolean;
}

/** A form with one file (RFC 7578): its fields are read as those of any form, the file is found with `uploadOf`. */
export function readUpload(mostBytes: number): Middleware {
  return async (ctx, next) => {
    if (ctx.is('multipart/form-data') === false) {
      throw new AppError('unsupported_media_type', 'Send the form as multipart/form-data.');
    }
    const { fields, upload } = await read(ctx, mostBytes);
    Object.assign(ctx.request, { body: fields });
    ctx.state['upload'] = upload;
    await next();
  };
}

export function uploadOf(ctx: Context): Upload | undefined {
  return ctx.state['upload'] as Upload | undefined;
}

function read(
  ctx: Context,
  fileSize: number,
): Promise<{ fields: Record<string, string>; upload: Upload | undefined }> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(new AppError('invalid_request', 'The form could not be read. Send it again.'));
    const fields: Record<string, string> = {};
    let upload: Upload | undefined;
    let form: BusboyInstance;
    try {
      form = new Busboy({
        headers: ctx.req.headers as BusboyHeaders,
        limits: { files: 1, fileSize, fields: 10, fieldSize: 1_000, parts: 12, headerPairs: 20 },
      });
    } catch {
      fail();
      return;
    }
    form.on('field', (name, value) => {
      fields[name] = value;
    });
    form.on('file', (_name, stream) => {
      const chunks: Buffer[] = [];
      let isTooLarge = false;
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('limit', () => {
        isTooLarge = true;
      });
      stream.on('end', () => {
        const bytes = Buffer.concat(chunks);
        // A form without a file chosen sends an empty one.
        if (bytes.length > 0) upload = { bytes, isTooLarge };
      });
    });
    form.on('finish', () => resolve({ fields, upload }));
    form.on('error', fail);
    ctx.req.on('aborted', fail);
    ctx.req.on('error', fail);
    ctx.req.pipe(form);
  });
}
