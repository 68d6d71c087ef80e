/** A text in the language of the page: the key of a message, with values where it has places for them. */
export type Message = string | { key: string; values: Record<string, string | number> };

export type Problems<Field extends string> = Readonly<Partial<Record<Field, Message>>>;

/** What a relying party's part of the page needs to know of it. */
export interface ClientCard {
  name: string;
  /** Address of its logo, ours. */
  logo: string | null;
  /** Address of a stylesheet with its colour, ours. */
  accent: string | null;
  policyUri: string | null;
  tosUri: string | null;
  /** Where the browser goes back to, e.g. app.example.com. */
  domain: string | null;
}

export interface Sample<Model, Field extends string> {
  model: Model;
  client?: ClientCard;
  problems?: Problems<Field>;
}

/** One file under views/, the shape of what stands on it, and examples: the gallery and the tests show all of them. */
export interface View<Model extends object, Field extends string = never> {
  name: string;
  /** Fields that can have a problem. */
  fields: readonly Field[];
  /** Fields that explain themselves with a hint. */
  hinted?: readonly Field[];
  samples: Readonly<Record<string, Sample<Model, Field>>>;
}

/** What a page says of its model; where its form goes and what proves it is ours is added around it. */
export type Shown<Model> = Omit<Model, 'action' | 'csrf'>;

export function defineView<Model extends object, Field extends string = never>(
  view: View<Model, Field>,
): View<Model, Field> {
  return view;
}

export const sampleClient: ClientCard = {
  name: 'Lantern Travel',
  logo: null,
  accent: null,
  policyUri: 'https://lantern.example/privacy',
  tosUri: 'https://lantern.example/terms',
  domain: 'app.lantern.example',
};

/** With a colour that could not be read as it is. */
export const brandedClient: ClientCard = {
  ...sampleClient,
  logo: `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path fill="#f59e0b" d="M0 0h8v8H0z"/><path fill="#fff" d="m4 1 2 3-2 3-2-3z"/></svg>')}`,
  accent: '/brand/accent/f59e0b.css',
};

/** A name that no layout expects. */
export const longClient: ClientCard = {
  name: 'Donaudampfschifffahrtsgesellschaftskapitänskajütenreservierung & Söhne International',
  logo: null,
  accent: null,
  policyUri: null,
  tosUri: null,
  domain: 'a-very-long-subdomain-of-a-very-long-domain.reservations.international.example',
};
