/** Who may do something. Known are `account`, a person, and `client`, for itself; nobody of another type is. */
export interface AccessSubject {
  type: string;
  id: string;
}

type Properties = Readonly<Record<string, unknown>>;

/** To what something would be done, as the one who asks knows it. */
export interface AccessResource {
  type: string;
  id: string;
  /** `owner` (an id) and `area` (emea/de lies within emea) mean something to every condition and scope. */
  properties?: Properties | undefined;
}

/** May this subject do this? (OpenID AuthZEN Authorization API 1.0 section 6) */
export interface Question {
  subject: AccessSubject & { properties?: Properties | undefined };
  /** The name of a permission. */
  action: { name: string; properties?: Properties | undefined };
  /** Undefined asks for all resources at once: what is limited to some does not count. */
  resource?: AccessResource | undefined;
  context?: Properties | undefined;
  /** Whose permission it is: the identifier of a resource server. Undefined where only one has a permission of that name. */
  resourceServer?: string | undefined;
}

/** To which resources an assignment is limited. */
export type Scope = { type: string; id: string } | { area: string };

export function isInScope(scope: Scope, resource: AccessResource | undefined): boolean {
  if (resource === undefined) return false;
  if ('type' in scope) return scope.type === resource.type && scope.id === resource.id;
  const area = resource.properties?.['area'];
  return typeof area === 'string' && (area === scope.area || area.startsWith(`${scope.area}/`));
}
