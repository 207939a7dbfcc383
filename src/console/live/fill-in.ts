/** Fills an app's key and the gateway's address into a snippet of docs/sdks.md. */

/** Without the scheme, for SDKs that take a host. */
export function filledIn(text: string, key: string | undefined, dataPlane: string): string {
  const { host, protocol } = new URL(dataPlane)
  return text
    .replaceAll('https://events.example.com', dataPlane.replace(/\/$/, ''))
    .replaceAll('events.example.com', host)
    .replaceAll('protocol: "https"', `protocol: "${protocol.slice(0, -1)}"`)
    .replaceAll('WRITE_KEY', key ?? 'WRITE_KEY')
}
