import type { z } from 'zod';

export interface Definition<S extends z.ZodType = z.ZodType> {
  /** Name of the environment variable. `<NAME>_FILE` names a file that holds the value instead. */
  env: string;
  /** Reads the text of the variable. Its messages complete the sentence "NAME …". */
  schema: S;
  /** Text used when nothing is given; undefined leaves the setting out. */
  fallback: string | undefined;
  /** How the documentation describes the fallback where the text alone would not help. */
  fallbackNote?: string;
  describe: string;
  /** Never printed, never logged. */
  isSecret?: boolean;
  isRequiredInProduction?: boolean;
}

export function define<S extends z.ZodType>(definition: Definition<S>): Definition<S> {
  return definition;
}
