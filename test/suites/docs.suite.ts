import { load } from './load.ts'

load('docs')
