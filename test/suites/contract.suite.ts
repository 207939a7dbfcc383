import { load } from './load.ts'

load('contract')
