import { isDeepStrictEqual } from 'node:util';
import {
  type AuthorizationDetail,
  errors,
  type KoaContextWithOIDC,
  type RichAuthorizationRequestsActiveConfiguration,
} from 'oidc-provider';
import { isText } from '../../kernel/index.ts';
import { requestedDetails } from './requested-details.ts';
import type { KnownType, KnownTypes } from './types.ts';

const mostDetails = 10;

/** Of these, less is narrower (RFC 9396 section 2.2); of everything else nothing is known but that it is the same. */
const narrowable: ReadonlySet<string> = new Set(['locations', 'actions', 'datatypes', 'privileges']);

type Configured = RichAuthorizationRequestsActiveConfiguration & {
  authorizationDetailsForIntrospection: NonNullable<
    RichAuthorizationRequestsActiveConfiguration['authorizationDetailsForIntrospection']
  >;
};

/**
 * Rich authorization requests (RFC 9396). Each type belongs to one resource server, which the request need not name then.
 * People are asked every time; a token carries what they allowed and its resource server understands, or less.
 */
export function richAuthorizationRequests(types: KnownTypes): Configured {
  return {
    enabled: true,
    types: Object.fromEntries(
      [...types].map(([name, type]) => [
        name,
        { validate: (ctx: KoaContextWithOIDC, detail: AuthorizationDetail) => validate(type, ctx, detail) },
      ]),
    ),
    // The consent page shows all of them, and takes all or nothing.
    authorizationDetailsForGrantSource: ctx =>
      ctx.oidc.result?.consent === undefined ? undefined : requestedDetails(ctx),
    authorizationDetailsForAccessToken: (ctx, token, source) => {
      const requested = requestedDetails(ctx);
      const granted = source === undefined ? requested : source.rar;
      const isGranted = (detail: AuthorizationDetail) =>
        granted?.some(other => isWithin(detail, other)) === true;
      if (requested?.every(isGranted) === false) {
        throw new errors.InvalidAuthorizationDetails('authorization_details has more than was granted');
      }
      const server = token.resourceServer?.identifier();
      return (requested ?? granted)?.filter(({ type }) => types.get(type)?.resourceServer === server);
    },
    authorizationDetailsForIntrospection: (_ctx, token) => token.rar,
  };
}

/** @throws InvalidAuthorizationDetails (RFC 9396 section 5) */
function validate(known: KnownType, ctx: KoaContextWithOIDC, detail: AuthorizationDetail): void {
  const { type, ...fields } = detail;
  const refuse = (why: string): never => {
    throw new errors.InvalidAuthorizationDetails(`authorization_details of type '${type}': ${why}`);
  };
  if ((requestedDetails(ctx)?.length ?? 0) > mostDetails) refuse(`at most ${mostDetails} may be asked for`);
  if (!isText(fields)) refuse('it has characters that are not text');
  const issue = known.fields.safeParse(fields).error?.issues[0];
  if (issue !== undefined) refuse(readable([...issue.path, issue.message].join(': ')));
  const { resourceServer } = known;
  const resources = [ctx.oidc.params?.['resource'] ?? []].flat();
  if (resources.length > 0 && !resources.includes(resourceServer)) {
    refuse(`it is for ${resourceServer}, which is not named as resource`);
  }
  const { locations } = fields;
  if (Array.isArray(locations) && locations.some(location => location !== resourceServer)) {
    refuse(`its only location is ${resourceServer}`);
  }
}

/** The characters that an error description may have (RFC 6749 section 4.1.2.1). */
function readable(message: string): string {
  return message.replaceAll('"', "'").replaceAll(/[^\x20-\x5b\x5d-\x7e]/g, '?');
}

function isWithin(detail: AuthorizationDetail, granted: AuthorizationDetail): boolean {
  const names = Object.keys(detail);
  return (
    names.length === Object.keys(granted).length &&
    names.every(name => {
      const [less, more] = [detail[name], granted[name]];
      if (isDeepStrictEqual(less, more)) return true;
      const areLists = narrowable.has(name) && Array.isArray(less) && Array.isArray(more);
      return areLists && less.length > 0 && less.every(item => more.includes(item));
    })
  );
}

/** The resource servers that the details of a request are for; the provider wants one named where there are details. */
export function resourcesOfDetails(types: KnownTypes, ctx: KoaContextWithOIDC): string[] {
  const servers = requestedDetails(ctx)?.flatMap(({ type }) => types.get(type)?.resourceServer ?? []);
  return [...new Set(servers)];
}

/** Metadata of a client without types that are no more, which would make the whole client unknown. */
export function withoutUnknownTypes<Metadata extends Record<string, unknown>>(
  types: KnownTypes,
  metadata: Metadata,
): Metadata {
  const { authorization_details_types: listed } = metadata;
  if (!Array.isArray(listed)) return metadata;
  return { ...metadata, authorization_details_types: listed.filter(type => types.has(String(type))) };
}
