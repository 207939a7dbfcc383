/** A snippet of docs/sdks.md with an app's key and a gateway's address in it. */

/** The address without its scheme where an SDK takes it so. */
export function filledIn(text: string, key: string | undefined, dataPlane: string): string {
  const { host, protocol } = new URL(dataPlane)
  return text
    .replaceAll('https://events.example.com', dataPlane.replace(/\/$/, ''))
    .replaceAll('events.example.com', host)
    .replaceAll('protocol: "https"', `protocol: "${protocol.slice(0, -1)}"`)
    .replaceAll('WRITE_KEY', key ?? 'WRITE_KEY')
}
