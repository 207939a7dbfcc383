/**
 * What cells write for each other, in the feed and in messages, has one version. A cell reads its own and the one before, and
 * writes the one that is agreed on in the row of `cluster`: so cells of two versions act beside each other until
 * `sluice cluster finalize`. A schema is made so that the version before can go on working with it.
 */

/** This Sluice's own: raised by one with each change of what is written that the version before could not read. */
export const VERSION = 1

/** The versions that are read by a cell whose own is `own`. */
export function reads(own: number, version: number): boolean {
  return version === own || (version === own - 1 && version > 0)
}

/** Why a cell whose own version is `own` must not act where that one is agreed on; undefined where it may. */
export function whyNotVersion(agreed: number, own: number): string | undefined {
  if (reads(own, agreed)) return undefined
  return agreed > own
    ? `the cluster works with version ${agreed}, and this Sluice knows no later one than ${own}: run the newer Sluice.`
    : `the cluster works with version ${agreed}, and this Sluice with ${own - 1} and ${own}: run one in between in every cell first, and then \`sluice cluster finalize\`.`
}
