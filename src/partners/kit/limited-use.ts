/** Limited Data Use, as Meta and Snapchat want it said. */
import { z } from 'zod'

/**
 * Country and state for which the data processing options are meant: 1 and 1000 are the United States and California, 0
 * and 0 leave it to the partner to find out by the IP address, which it may not have been given. [C]
 */
export const LDU_PLACE = z
  .strictObject({ country: z.int().min(0).max(999), state: z.int().min(0).max(9999) })
  .default({ country: 1, state: 1000 })
