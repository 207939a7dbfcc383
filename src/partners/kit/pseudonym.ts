/** A pseudonym, as the view carries it in an id's place. Sent as a device's id it would only invent a device. */
const PSEUDONYM = /^p\d+\.[\w-]{22}$/

/** The id, or undefined where it is a pseudonym or missing. */
export function realId(id: string | undefined): string | undefined {
  return id === undefined || PSEUDONYM.test(id) ? undefined : id
}
