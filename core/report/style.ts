/** The page's style: no script, no outside font, follows the reader's light or dark setting, fits a phone. */
export const STYLE = `
:root{color-scheme:light dark;--ground:#fbfbf9;--card:#fff;--ink:#1c1f23;--soft:#5b626b;--line:#dcdfe3;--good:#16693a;--good-bg:#e3f4e9;--bad:#a3201a;--bad-bg:#fbe6e4;--wait:#7a4b00;--wait-bg:#fbf0d9;--mark:#ffe08a}
@media (prefers-color-scheme:dark){:root{--ground:#14171a;--card:#1c2024;--ink:#e8eaed;--soft:#a3abb5;--line:#333a42;--good:#7fd6a0;--good-bg:#163324;--bad:#ff9d94;--bad-bg:#43201d;--wait:#f2c879;--wait-bg:#3a2d12;--mark:#6b5200}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:70rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.25;margin:.25rem 0}
h2{font-size:1.15rem;margin:2rem 0 .5rem}
h3{font-size:1rem;margin:1.25rem 0 .35rem}
p{margin:.4rem 0}
.soft{color:var(--soft)}
.verdict{border-left:.5rem solid;border-radius:.4rem;padding:1rem 1.25rem;margin:.5rem 0 1rem}
.good{color:var(--good);background:var(--good-bg);border-color:var(--good)}
.bad{color:var(--bad);background:var(--bad-bg);border-color:var(--bad)}
.wait{color:var(--wait);background:var(--wait-bg);border-color:var(--wait)}
.verdict p{color:var(--ink)}
.act{font-weight:700;text-transform:uppercase;letter-spacing:.06em}
.word{display:inline-block;border-radius:.3rem;padding:0 .45rem;font-weight:600;white-space:nowrap}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.5rem 1rem;margin:.5rem 0}
dt{color:var(--soft);font-size:.85rem}
dd{margin:0;font-weight:600;overflow-wrap:anywhere}
.card{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.25rem 1rem .9rem;margin:.75rem 0}
.print{font:.85rem/1.7 ui-monospace,SFMono-Regular,Menlo,monospace;overflow-wrap:anywhere}
.print mark{background:var(--mark);color:inherit;border-radius:.15rem}
details{border-top:1px solid var(--line);padding:.4rem 0}
summary{cursor:pointer;overflow-wrap:anywhere}
summary:focus-visible,a:focus-visible{outline:3px solid var(--wait)}
.finding{margin:.5rem 0 .5rem 1rem;padding-left:.75rem;border-left:.2rem solid var(--line);overflow-wrap:anywhere}
.table{overflow-x:auto}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.3rem .75rem .3rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
th{white-space:nowrap;padding-right:1rem}
td.when{white-space:nowrap;font-variant-numeric:tabular-nums}
@media (max-width:36rem){main{padding:.6rem}.verdict{padding:.75rem}th,td{padding-right:.5rem}}
@media print{details>*{display:block}}
`;
