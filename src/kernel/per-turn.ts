interface Waiting<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (reason: unknown) => void;
}

/** A server that does one thing at a time must not be held by one of ours for long. */
const mostAtOnce = 100;

/**
 * What is asked for in one turn of the event loop goes together; nothing waits for what is under way. A single request
 * costs as before, while under load, when it counts, one command serves many.
 * @param runAll answers each item, in order
 */
export function perTurn<Item, Result>(
  runAll: (items: Item[]) => Promise<readonly Result[]>,
): (item: Item) => Promise<Result> {
  let waiting: Waiting<Item, Result>[] = [];

  async function run(batch: Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await runAll(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, index) => resolve(results[index] as Result));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  function runTurn(): void {
    const turn = waiting;
    waiting = [];
    for (let start = 0; start < turn.length; start += mostAtOnce) {
      void run(turn.slice(start, start + mostAtOnce));
    }
  }

  return item =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(runTurn);
      waiting.push({ item, resolve, reject });
    });
}
