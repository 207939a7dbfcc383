import { load } from './load.ts'

load('e2e-m-z')
