import sharp from 'sharp';
import { AppError } from '../kernel/index.ts';

/** Of both sides; twice what any page shows. */
const side = 512;

const atOnce = 2;
const mostWaiting = 16;

const formats: ReadonlySet<string> = new Set(['jpeg', 'png', 'webp', 'gif', 'heif']);

// What is not in this list is not even looked at by the library: SVG, PDF and TIFF have parsers of their own.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadJpegBuffer',
    'VipsForeignLoadPngBuffer',
    'VipsForeignLoadWebpBuffer',
    'VipsForeignLoadNsgifBuffer',
    'VipsForeignLoadHeifBuffer',
  ],
});
sharp.cache(false);

export type EncodeAvatar = (upload: Uint8Array) => Promise<Encoded>;

export type Encoded = { bytes: Uint8Array } | { problem: 'not-an-image' | 'too-many-pixels' };

/**
 * Makes a picture of ours from what somebody uploaded: JPEG, PNG, WebP, GIF or AVIF by content, whatever it is called. Only
 * pixels are taken over, upright and cut to a square: no place, no camera, nothing that hides behind the image.
 * A few at a time, since each takes a core and memory for its pixels.
 * @param mostPixels a small file can claim any number: it is looked at before anything is unpacked
 */
export function createAvatarEncoder({ mostPixels }: { mostPixels: number }): EncodeAvatar {
  const waiting: (() => void)[] = [];
  let running = 0;

  async function turn(): Promise<void> {
    if (running < atOnce) {
      running += 1;
      return;
    }
    if (waiting.length >= mostWaiting) {
      throw new AppError('overloaded', 'Too many pictures are being uploaded. Try again in a moment.', {
        detail: 'the queue for pictures is full',
        retryAfterSeconds: 5,
      });
    }
    await new Promise<void>(resolve => waiting.push(resolve));
  }

  function done(): void {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }

  return async upload => {
    await turn();
    try {
      return await encode(upload, mostPixels);
    } finally {
      done();
    }
  };
}

async function encode(upload: Uint8Array, mostPixels: number): Promise<Encoded> {
  try {
    const { format, width, height } = await sharp(upload, { limitInputPixels: false }).metadata();
    if (!formats.has(format)) return { problem: 'not-an-image' };
    if (width * height > mostPixels) return { problem: 'too-many-pixels' };
    const bytes = await sharp(upload, { limitInputPixels: mostPixels, failOn: 'error' })
      .autoOrient()
      .resize(side, side, { fit: 'cover' })
      .webp({ quality: 82 })
      .timeout({ seconds: 10 })
      .toBuffer();
    return { bytes };
  } catch {
    // Whatever it is, it is no picture; what the library says of it is of no use to anybody.
    return { problem: 'not-an-image' };
  }
}
