/** Where a picture is served. */
export function avatarPath(name: string): string {
  return `/avatars/${name}.webp`;
}
