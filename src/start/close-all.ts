type Closer = () => void | Promise<void>;

export interface Closers {
  add(close: Closer): void;
  /** Closes what was opened, the last first, once. */
  closeAll(): Promise<void>;
}

/** What has been opened so far, so that a start that fails half way leaves nothing behind. */
export function collectClosers(): Closers {
  const open: Closer[] = [];
  return {
    add: close => open.push(close),
    async closeAll() {
      for (let close = open.pop(); close !== undefined; close = open.pop()) await close();
    },
  };
}
