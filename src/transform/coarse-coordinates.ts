/**
 * A fixed nested grid of equal-area cells: columns of equal longitude, rows of equal sine of latitude (Lambert's cylindrical
 * equal-area projection), so a cell covers the same area at every latitude. Rounded decimals do not: 0.01° covers 1.24 km² at
 * the equator and 0.62 km² at 60°. A position becomes its cell's centre.
 */
/** Earth's surface, km², for the mean radius 6,371.0088 km (IUGG). */
const EARTH_KM2 = 510_065_622
/** Level → grid. Each level divides every cell of the previous one into ten. */
const GRIDS = [
  { level: 1, nominalKm2: 5_000, columns: 450, rows: 226 },
  { level: 2, nominalKm2: 500, columns: 450 * 5, rows: 226 * 2 },
  { level: 3, nominalKm2: 50, columns: 450 * 5 * 2, rows: 226 * 2 * 5 },
  { level: 4, nominalKm2: 5, columns: 450 * 5 * 2 * 5, rows: 226 * 2 * 5 * 2 },
] as const

/** The finest level of `coordinates` whose cells cover at least `minAreaKm2`; 0 if there is none. */
export function finestLevelFor(minAreaKm2: number): number {
  let finest = 0
  for (const { level, columns, rows } of GRIDS) if (EARTH_KM2 / (columns * rows) >= minAreaKm2) finest = level
  return finest
}

/** @param level treatment level 1…4 (5,000 to 5 km²); degrees in, the cell's centre out, five decimals, never `-0` */
export function coarseCoordinates(
  { latitude, longitude }: { readonly latitude: number; readonly longitude: number },
  level: number,
): { latitude: number; longitude: number } | undefined {
  const grid = GRIDS[level - 1]
  if (grid === undefined || !(Math.abs(latitude) <= 90) || !(Math.abs(longitude) <= 180)) return undefined
  const sine = Math.sin((latitude * Math.PI) / 180)
  const column = cellOf((longitude + 180) / 360, grid.columns)
  const row = cellOf((sine + 1) / 2, grid.rows)
  const centreSine = ((row + 0.5) / grid.rows) * 2 - 1
  return {
    latitude: fiveDecimals((Math.asin(centreSine) * 180) / Math.PI),
    longitude: fiveDecimals(((column + 0.5) / grid.columns) * 360 - 180),
  }
}

function cellOf(share: number, cells: number): number {
  return Math.min(cells - 1, Math.max(0, Math.floor(share * cells)))
}

function fiveDecimals(degrees: number): number {
  return Math.round(degrees * 1e5) / 1e5 + 0
}
