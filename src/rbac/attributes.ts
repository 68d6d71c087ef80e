/** What a value can be compared as. */
export type ValueType = 'string' | 'number' | 'boolean' | 'strings' | 'time' | 'address' | 'acr';

export const valueTypes: readonly ValueType[] = [
  'string',
  'number',
  'boolean',
  'strings',
  'time',
  'address',
  'acr',
];

/** What Gatehouse or the one who asks always says in the same form. */
const known: Readonly<Record<string, ValueType>> = {
  'subject.type': 'string',
  'subject.id': 'string',
  'subject.email': 'string',
  'subject.email_verified': 'boolean',
  'action.name': 'string',
  'resource.type': 'string',
  'resource.id': 'string',
  'resource.owner': 'string',
  'resource.area': 'string',
  'context.time': 'time',
  'context.address': 'address',
  'context.acr': 'acr',
  'context.amr': 'strings',
};

/** What applications name themselves: its type stands in the condition. */
const open = /^(subject\.properties|action\.properties|resource\.properties|context)\.[A-Za-z_][\w-]{0,63}$/;

/** @returns the type of a known attribute, `open` where the condition has to say, undefined where there is none */
export function typeOfAttribute(name: string): ValueType | 'open' | undefined {
  if (Object.hasOwn(known, name)) return known[name];
  return open.test(name) ? 'open' : undefined;
}
