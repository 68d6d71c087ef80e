/** What a sign-in is worth: `acr` (OpenID Connect Core 1.0 section 2). One factor of any kind was proved. */
export const singleFactor = 'urn:gatehouse:acr:single-factor';

export const acrValues = [singleFactor];
