import { z } from 'zod';
import { isAddressRange } from '../kernel/index.ts';
import { acrValues } from '../mfa/index.ts';
import { typeOfAttribute, type ValueType, valueTypes } from './attributes.ts';
import { ofType } from './values.ts';

/** An attribute of the question, or a value as it is written. */
export type Operand = { attr: string; type?: ValueType | undefined } | string | number | boolean | string[];

/**
 * When an assignment counts. A small language without loops, patterns or code: its cost is its size, which is limited.
 * `less` compares numbers or times; `within` an address with ranges; `during` the clock on the wall of a time zone.
 */
export type Condition =
  | { all: Condition[] }
  | { any: Condition[] }
  | { not: Condition }
  | { equals: [Operand, Operand] }
  | { in: [Operand, Operand] }
  | { less: [Operand, Operand] }
  | { starts_with: [Operand, Operand] }
  | { within: [Operand, string[]] }
  | { at_least: [Operand, string] }
  | { during: Hours };

export interface Hours {
  days: (typeof weekdays)[number][];
  /** hh:mm; `until` is not included, and may be before `from`: then it is that of the next day. */
  from: string;
  until: string;
  /** Of the IANA database. */
  zone: string;
}

export const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

const mostNodes = 64;
const mostDepth = 8;

const text = z.string().max(256);
const operand = z.union([
  z.strictObject({ attr: text, type: z.enum(valueTypes as [ValueType, ...ValueType[]]).optional() }),
  text,
  z.number(),
  z.boolean(),
  z.array(text).max(200),
]);
const pair = z.tuple([operand, operand]);
const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day, such as 08:30');
const hours = z.strictObject({
  days: z.array(z.enum(weekdays)).min(1).max(7),
  from: clock,
  until: clock,
  zone: text.refine(isTimeZone, 'must be a time zone, such as Europe/Berlin'),
});
const shape: z.ZodType<Condition> = z.lazy(() =>
  z.union([
    z.strictObject({ all: z.array(shape).min(1) }),
    z.strictObject({ any: z.array(shape).min(1) }),
    z.strictObject({ not: shape }),
    z.strictObject({ equals: pair }),
    z.strictObject({ in: pair }),
    z.strictObject({ less: pair }),
    z.strictObject({ starts_with: pair }),
    z.strictObject({ within: z.tuple([operand, z.array(text).min(1).max(200)]) }),
    z.strictObject({ at_least: z.tuple([operand, z.enum(acrValues)]) }),
    z.strictObject({ during: hours }),
  ]),
) as z.ZodType<Condition>;

/** @returns the condition, or why it is none; what is wrong with its types is found here and not when somebody asks */
export function parseCondition(value: unknown): { condition: Condition } | { fault: string } {
  const size = sizeOf(value, 0);
  if (size.depth > mostDepth * 2 || size.nodes > mostNodes * 8) return { fault: tooLarge };
  const parsed = shape.safeParse(value);
  if (!parsed.success) {
    return { fault: 'This is no condition. docs/access.md has the operators and what each takes.' };
  }
  const { depth, nodes } = measure(parsed.data);
  if (depth > mostDepth || nodes > mostNodes) return { fault: tooLarge };
  const fault = faultOf(parsed.data);
  return fault === undefined ? { condition: parsed.data } : { fault };
}

const tooLarge = `A condition may have ${mostNodes} parts, ${mostDepth} deep.`;

/** For request bodies. The document says less than is checked: it has no words for types of attributes. */
export const conditionField = z
  .record(z.string(), z.unknown())
  .transform((value, context) => {
    const parsed = parseCondition(value);
    if ('condition' in parsed) return parsed.condition;
    context.addIssue({ code: 'custom', message: parsed.fault });
    return z.NEVER;
  })
  .meta({ description: 'When it counts: a condition over attributes. docs/access.md has the language.' });

function sizeOf(value: unknown, depth: number): { nodes: number; depth: number } {
  if (typeof value !== 'object' || value === null || depth > 64) return { nodes: 1, depth };
  const inner = Object.values(value).map(each => sizeOf(each, depth + 1));
  return {
    nodes: inner.reduce((sum, { nodes }) => sum + nodes, 1),
    depth: Math.max(depth, ...inner.map(each => each.depth)),
  };
}

function partsOf(condition: Condition): Condition[] {
  if ('all' in condition) return condition.all;
  if ('any' in condition) return condition.any;
  return 'not' in condition ? [condition.not] : [];
}

function measure(condition: Condition): { nodes: number; depth: number } {
  const inner = partsOf(condition).map(measure);
  return {
    nodes: inner.reduce((sum, { nodes }) => sum + nodes, 1),
    depth: 1 + Math.max(0, ...inner.map(({ depth }) => depth)),
  };
}

function faultOf(condition: Condition): string | undefined {
  for (const part of partsOf(condition)) {
    const fault = faultOf(part);
    if (fault !== undefined) return fault;
  }
  if ('equals' in condition) return fits(condition.equals, (a, b) => a === b && a !== 'strings');
  if ('in' in condition) return fits(condition.in, (a, b) => a === 'string' && b === 'strings');
  if ('starts_with' in condition) return fits(condition.starts_with, (a, b) => a === 'string' && b === a);
  if ('less' in condition) {
    return fits(condition.less, (a, b) => a === b && (a === 'number' || a === 'time'));
  }
  if ('within' in condition) {
    const [operand, ranges] = condition.within;
    const wrong = ranges.find(range => !isAddressRange(range));
    if (wrong !== undefined) return `"${wrong}" is no range of addresses, such as 10.0.0.0/8.`;
    return fits([operand, { attr: 'context.address' }], (a, b) => a === b);
  }
  if ('at_least' in condition) {
    return fits([condition.at_least[0], { attr: 'context.acr' }], (a, b) => a === b);
  }
  return undefined;
}

function fits([left, right]: [Operand, Operand], isFine: (a: ValueType, b: ValueType) => boolean) {
  const a = typeOf(left);
  const b = typeOf(right);
  if ('fault' in a) return a.fault;
  if ('fault' in b) return b.fault;
  // A text is read as what stands beside it: a time, an address, an acr.
  const read = (own: ValueType, other: ValueType, operand: Operand): ValueType =>
    typeof operand === 'string' && ofType(operand, other) !== undefined ? other : own;
  const [first, second] = [read(a.type, b.type, left), read(b.type, a.type, right)];
  return isFine(first, second) ? undefined : `A ${first} and a ${second} cannot be compared like this.`;
}

export function typeOf(operand: Operand): { type: ValueType } | { fault: string } {
  if (Array.isArray(operand)) return { type: 'strings' };
  if (typeof operand !== 'object') return { type: typeof operand as 'string' | 'number' | 'boolean' };
  const declared = typeOfAttribute(operand.attr);
  if (declared === undefined) return { fault: `There is no attribute "${operand.attr}".` };
  if (declared !== 'open') {
    return operand.type === undefined || operand.type === declared
      ? { type: declared }
      : { fault: `${operand.attr} is a ${declared}.` };
  }
  if (operand.type === undefined) return { fault: `Say the type of ${operand.attr}: "type": "string".` };
  return { type: operand.type };
}

function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
