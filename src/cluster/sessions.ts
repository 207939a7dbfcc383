import { createInTurn } from '../platform/in-turn.ts'
import type { Connection } from '../storage/postgres/connection.ts'

/** Hands out the connection, opens another where it ended. */
export interface Sessions {
  use<T>(work: (connection: Connection) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** One connection, used by one at a time in the order of asking. */
export function createSessions(open: () => Promise<Connection>): Sessions {
  let connection: Connection | undefined
  let isClosed = false
  const inTurn = createInTurn()
  const session = async (): Promise<Connection> => {
    if (isClosed) throw new Error('closing')
    if (connection === undefined || connection.isEnded()) connection = await open()
    return connection
  }
  return {
    use: (work) => inTurn(async () => work(await session())),
    close: () =>
      inTurn(async () => {
        isClosed = true
        if (connection?.isEnded() === false) await connection.end()
      }),
  }
}
