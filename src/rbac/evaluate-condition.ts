import { isInRanges, parseRange } from '../kernel/index.ts';
import { isAcr, isAtLeast } from '../mfa/index.ts';
import { type Condition, type Hours, type Operand, typeOf, weekdays } from './condition.ts';
import { ofType } from './values.ts';

/** Everything a condition can look at, by the names that conditions use. */
export type Attributes = (name: string) => unknown;

export interface Evaluation {
  /** Undefined where a value is missing or of another type: nothing is allowed by that, and nothing let off. */
  result: boolean | undefined;
  /** The attributes that were looked at, with what they were. */
  values: Record<string, unknown>;
}

/** Three values (as SQL has them): what cannot be said stays unsaid under `not`. Takes time in proportion to the size. */
export function evaluateCondition(condition: Condition, attributes: Attributes): Evaluation {
  const values: Record<string, unknown> = {};
  const read = (operand: Operand): unknown => {
    if (typeof operand !== 'object' || Array.isArray(operand)) return operand;
    const typed = typeOf(operand);
    const value = 'fault' in typed ? undefined : ofType(attributes(operand.attr), typed.type);
    values[operand.attr] = value ?? null;
    return value;
  };
  return { result: evaluate(condition, read), values };
}

type Read = (operand: Operand) => unknown;

function evaluate(condition: Condition, read: Read): boolean | undefined {
  const each = (part: Condition) => evaluate(part, read);
  if ('all' in condition) {
    const results = condition.all.map(each);
    return results.includes(false) ? false : results.includes(undefined) ? undefined : true;
  }
  if ('any' in condition) {
    const results = condition.any.map(each);
    return results.includes(true) ? true : results.includes(undefined) ? undefined : false;
  }
  if ('not' in condition) {
    const result = each(condition.not);
    return result === undefined ? undefined : !result;
  }
  if ('during' in condition) return isDuring(condition.during, read({ attr: 'context.time' }));
  if ('within' in condition) {
    const [operand, ranges] = condition.within;
    const address = read(operand);
    return typeof address === 'string' ? isInRanges(address, ranges.map(parseRange)) : undefined;
  }
  if ('at_least' in condition) {
    const acr = read(condition.at_least[0]);
    const least = condition.at_least[1];
    return isAcr(acr) && isAcr(least) ? isAtLeast(acr, least) : undefined;
  }
  return compare(condition, read);
}

function compare(
  condition: Extract<
    Condition,
    { equals: unknown } | { in: unknown } | { less: unknown } | { starts_with: unknown }
  >,
  read: Read,
): boolean | undefined {
  const [left, right] = Object.values(condition)[0] as [Operand, Operand];
  const [a, b] = [read(left), read(right)];
  if (a === undefined || b === undefined) return undefined;
  if ('in' in condition) return (b as string[]).includes(a as string);
  if ('starts_with' in condition) return (a as string).startsWith(b as string);
  if ('less' in condition) return ordinal(a) < ordinal(b);
  return isTimes(left, right) ? ordinal(a) === ordinal(b) : a === b;
}

/** One moment can be written in many ways. */
function isTimes(...operands: Operand[]): boolean {
  return operands.some(operand => {
    const typed = typeOf(operand);
    return 'type' in typed && typed.type === 'time';
  });
}

function ordinal(value: unknown): number {
  return typeof value === 'number' ? value : Date.parse(value as string);
}

function isDuring({ days, from, until, zone }: Hours, time: unknown): boolean | undefined {
  if (typeof time !== 'string') return undefined;
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(new Date(time));
  const part = (type: string) => parts.find(each => each.type === type)?.value ?? '';
  const today = weekdays.indexOf(part('weekday').toLowerCase() as (typeof weekdays)[number]);
  const now = `${part('hour')}:${part('minute')}`;
  const isOn = (day: number) => days.includes(weekdays[(day + 7) % 7] ?? 'sun');
  if (from < until) return isOn(today) && from <= now && now < until;
  // Over midnight: the evening of a day that is named, or the morning after one.
  return (isOn(today) && from <= now) || (isOn(today - 1) && now < until);
}
