/** A pseudonym in a view. Sent as a device id it would only invent a device. */
const PSEUDONYM = /^p\d+\.[\w-]{22}$/

/** The id, or undefined if it is a pseudonym or missing. */
export function realId(id: string | undefined): string | undefined {
  return id === undefined || PSEUDONYM.test(id) ? undefined : id
}
