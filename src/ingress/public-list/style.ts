/** The public pages' style: one column, the reader's own colours and fonts, no script, no external resource. */
export const STYLE = `
:root { color-scheme: light dark; --line: #d0d4da; --soft: #4b5563; --accent: #0b57d0; --note: #f3f5f8 }
@media (prefers-color-scheme: dark) { :root { --line: #3a3f47; --soft: #b3bac4; --accent: #a8c7fa; --note: #1d2126 } }
* { box-sizing: border-box }
body { margin: 0; font: 1rem/1.55 system-ui, sans-serif; background: Canvas; color: CanvasText; overflow-wrap: anywhere }
header, main, footer { max-width: 46rem; margin: 0 auto; padding: 1rem 1.25rem }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 1rem 0 .5rem }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 1.5rem 0 .5rem }
h3 { font-size: 1.1rem; margin: 0 0 .25rem }
h4 { font-size: 1.05rem; border-top: 1px solid var(--line); padding-top: .75rem; margin: 1.25rem 0 .25rem }
p, ul, dl { margin: .5rem 0 }
ul { padding-inline-start: 1.25rem }
a { color: var(--accent) }
li > a { display: block; width: fit-content; padding: .25rem 0 }
dd > a { display: inline-block }
a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.skip { position: absolute; inset-inline-start: -999rem }
.skip:focus { position: static }
.soft { color: var(--soft) }
.note { background: var(--note); border-inline-start: .25rem solid var(--accent); padding: .5rem .75rem; margin: .75rem 0 }
article { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.25rem; margin: 1rem 0 }
dl { display: grid; grid-template-columns: minmax(9rem, 15rem) 1fr; gap: .35rem 1rem }
dt { font-weight: 600 }
dd { margin: 0 }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 0 1rem }
@media (max-width: 34rem) { dl { grid-template-columns: 1fr; gap: 0 } dd { margin: 0 0 .6rem } }
`
