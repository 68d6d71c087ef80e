type Waiting<Value> = { resolve: (value: Value | undefined) => void; reject: (reason: unknown) => void };

/**
 * Look-ups of one turn of the event loop, and those that come while one is under way, go together. Under load, when it
 * counts, one round trip serves many requests; a single request does not wait for anybody.
 * @param loadMany finds all keys at once; what is missing in its answer does not exist
 */
export function batchLookups<Value>(
  loadMany: (keys: string[]) => Promise<ReadonlyMap<string, Value>>,
): (key: string) => Promise<Value | undefined> {
  let waiting = new Map<string, Waiting<Value>[]>();
  let isUnderWay = false;

  async function run(): Promise<void> {
    // Nothing in here can fail but what is handed on to the callers.
    while (waiting.size > 0) {
      const batch = waiting;
      waiting = new Map();
      try {
        const found = await loadMany([...batch.keys()]);
        for (const [key, callers] of batch) for (const { resolve } of callers) resolve(found.get(key));
      } catch (error) {
        for (const callers of batch.values()) for (const { reject } of callers) reject(error);
      }
    }
    isUnderWay = false;
  }

  return key =>
    new Promise((resolve, reject) => {
      const callers = waiting.get(key);
      if (callers === undefined) waiting.set(key, [{ resolve, reject }]);
      else callers.push({ resolve, reject });
      if (isUnderWay) return;
      isUnderWay = true;
      setImmediate(() => void run());
    });
}
