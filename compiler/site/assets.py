"""Style and scripts of the pages; they stand in the pages themselves, so that each is one file."""

STYLE = """
:root{color-scheme:light dark;--ground:#fbfbfa;--card:#fff;--ink:#1c1f23;--soft:#5b6470;--line:#d9dde2;--band:#f0f2f4;
--link:#0b57c2;--aws:#c46a00;--k8s:#2f6fde;--mixed:#6b4fbb;--p0:#b3141f;--p1:#c4450c;--p2:#8a6400;--p3:#2d6a4f;--p4:#5b6470}
@media (prefers-color-scheme:dark){:root{--ground:#14171a;--card:#1c2024;--ink:#e6e9ec;--soft:#9aa4af;--line:#343b43;
--band:#20252a;--link:#7fb2ff;--aws:#f0a050;--k8s:#7fa8ff;--mixed:#b39dff;--p0:#ff7b82;--p1:#ff9a66;--p2:#e6bd4c;
--p3:#7fd1ae;--p4:#9aa4af}}
*{box-sizing:border-box}
html{scroll-padding-top:3.5rem}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
header,main,nav{max-width:1200px;margin:0 auto;padding:0 16px}
header{padding-top:20px}
h1{margin:0;font-size:1.9rem}h2{margin:0 0 .6rem;font-size:1.35rem}h3{margin:1.2rem 0 .4rem;font-size:1.05rem}
h4{margin:.9rem 0 .3rem;font-size:.95rem;color:var(--soft)}
header p{margin:.3rem 0}
a{color:var(--link)}
nav{position:sticky;top:0;z-index:1;display:flex;gap:1rem;overflow-x:auto;background:var(--ground);
border-bottom:1px solid var(--line);padding-top:.6rem;padding-bottom:.6rem;white-space:nowrap}
nav a{text-decoration:none}
section{padding:1.6rem 0;border-bottom:1px solid var(--line)}
small{color:var(--soft);font-size:.87em;font-weight:400;margin-left:.4em}
td small{display:block;margin:0}.chip+small{display:inline}
code,pre{font:13px/1.45 ui-monospace,monospace;overflow-wrap:anywhere}
pre{white-space:pre-wrap;background:var(--band);border-radius:6px;padding:.6rem;margin:.4rem 0}
.chip{display:inline-block;border:1px solid var(--line);border-radius:1em;padding:0 .6em;margin:0 .4em .3em 0;
background:var(--card);font-size:.9em}
.p0,.p1,.p2,.p3,.p4{font-weight:700;border-color:currentColor}
.p0{color:var(--p0)}.p1{color:var(--p1)}.p2{color:var(--p2)}.p3{color:var(--p3)}.p4{color:var(--p4)}
.big{font-size:1.6rem}
table{border-collapse:collapse;width:100%;background:var(--card);font-size:.95em}
th,td{text-align:left;vertical-align:top;padding:.45rem .6rem;border-bottom:1px solid var(--line);
overflow-wrap:break-word}
th{color:var(--soft);font-weight:600;font-size:.87em}
.alerts td:nth-child(1){width:8rem}.alerts td:nth-child(2){width:24%}.alerts td:nth-child(3){width:34%}
summary{cursor:pointer}td summary{color:var(--soft);font-size:.87em}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.2rem 1rem 1rem;margin:0 0 1rem}
.parts{display:grid;grid-template-columns:repeat(auto-fill,minmax(320px,1fr));gap:.5rem;align-items:start}
.parts details{background:var(--card);border:1px solid var(--line);border-radius:6px;padding:.4rem .7rem;
overflow:hidden}
.parts details[open]{grid-column:1/-1}
.parts details:target{border-color:var(--link)}
.plan{display:grid;grid-template-columns:repeat(24,1fr);gap:.4rem}
.tile{grid-column:span var(--span);border:1px solid var(--line);border-radius:6px;padding:.4rem .6rem;
background:var(--band);min-width:0}
.tile small{display:block;margin:0}.tile pre{background:var(--card)}
.share{display:grid;grid-template-columns:12rem 1fr 6rem;gap:.8rem;align-items:center;margin:.3rem 0}
.share b{text-align:right}
.meter{background:var(--band);border-radius:4px;height:.9rem}
.fill{display:block;height:100%;background:var(--k8s);border-radius:4px}
input[type=search]{font:inherit;width:100%;max-width:32rem;padding:.45rem .7rem;border:1px solid var(--line);
border-radius:6px;background:var(--card);color:var(--ink);margin-right:.8rem}
.map{width:100%;height:auto;display:block}.map.narrow,.defs{display:none}
.map .band{fill:var(--band)}.map .box{fill:var(--card);stroke:var(--line)}
.map text{fill:var(--ink);font:13px system-ui,sans-serif}
.map .layer{font-weight:700;font-size:14px}.map .kind{font-weight:600}.map .name,.map .note{font-size:12px}
.map .note{fill:var(--soft)}
.edge{fill:none;stroke:var(--soft);stroke-width:1.3;opacity:.75}.tip{fill:var(--soft)}
.bar.aws,.dot.aws{fill:var(--aws);background:var(--aws)}.bar.kubernetes,.dot.kubernetes{fill:var(--k8s);background:var(--k8s)}
.bar.mixed,.dot.mixed{fill:var(--mixed);background:var(--mixed)}.bar{fill:var(--soft)}
.part:hover .box,.part:focus .box{stroke:var(--link);stroke-width:2}
.dim .edge{opacity:.12}.dim .edge.on{opacity:1;stroke:var(--link);stroke-width:2.2}
.legend span{margin-right:1.2rem}
.dot{display:inline-block;width:.7rem;height:.7rem;border-radius:2px;margin-right:.4rem}
[hidden]{display:none!important}
mark{background:#ffe08a;color:#1c1f23}
.prose{max-width:50rem}.prose li{margin:.25rem 0}.prose table{display:block;overflow-x:auto}
.prose pre{padding:.7rem .9rem;border:1px solid var(--line)}.prose :not(pre)>code{background:var(--band);padding:0 .2em}
.plain{list-style:none;padding:0}.plain li{margin:.6rem 0}form{margin:.4rem 0 1rem}
@media (max-width:700px){
.map.wide{display:none}.map.narrow{display:block}
table:has([data-label]) thead{display:none}tr:has([data-label]){display:block;padding:.5rem 0;
border-bottom:2px solid var(--line)}
[data-label]{display:grid;grid-template-columns:6.5rem minmax(0,1fr);border:0;padding:.15rem .6rem}
[data-label]:before{content:attr(data-label);color:var(--soft);font-size:.87em}
.alerts td:nth-child(n){width:auto}
.plan{grid-template-columns:1fr}.tile{grid-column:auto}.parts{grid-template-columns:1fr}
.share{grid-template-columns:1fr auto}.share .meter{grid-column:1/-1;grid-row:2}}
@media print{nav,input{display:none}}
"""

TIP = (
    '<svg class="tips" width="0" height="0" aria-hidden="true"><defs><marker id="tip" viewBox="0 0 8 8" refX="7" '
    'refY="4" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto">'
    '<path class="tip" d="M0,0 L8,4 L0,8 z"/></marker></defs>'
    "</svg>"
)
"""The head of every arrow, in a drawing of its own: one that is not displayed would take it along."""

STACK_SCRIPT = """
const field=document.getElementById("filter");
if(field){
  const rows=[...document.querySelectorAll("#alerts tbody tr")],texts=rows.map(row=>row.textContent.toLowerCase());
  const count=document.querySelector("#alerts output"),all=count.textContent;
  field.addEventListener("input",()=>{
    const words=field.value.toLowerCase().split(/\\s+/).filter(Boolean);let shown=0;
    rows.forEach((row,i)=>{row.hidden=!words.every(word=>texts[i].includes(word));shown+=!row.hidden});
    count.textContent=words.length?`${shown} of ${rows.length}`:all;
  });
}
for(const part of document.querySelectorAll(".part")){
  const map=part.closest("svg"),key=part.dataset.part;
  const light=on=>{map.classList.toggle("dim",on);
    map.querySelectorAll(".edge").forEach(edge=>edge.classList.toggle("on",on&&[edge.dataset.from,edge.dataset.to].includes(key)))};
  for(const [name,on] of [["mouseenter",true],["focus",true],["mouseleave",false],["blur",false]])
    part.addEventListener(name,()=>light(on));
}
const open=()=>{const target=document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if(target&&target.tagName==="DETAILS")target.open=true};
addEventListener("hashchange",open);open();
"""

SEARCH_SCRIPT = """
const pages=JSON.parse(document.getElementById("pages").textContent),found=document.getElementById("found");
const field=document.querySelector("input[type=search]");
const element=(name,text,parent)=>{const made=document.createElement(name);made.textContent=text;
  parent.append(made);return made};
const search=()=>{
  const words=field.value.toLowerCase().split(/\\s+/).filter(Boolean);
  found.replaceChildren();
  if(!words.length)return;
  const hits=pages.map(page=>{
    const title=page.title.toLowerCase(),text=page.text.toLowerCase();
    const all=words.every(word=>title.includes(word)||text.includes(word));
    return {page,text,score:all?1+10*words.filter(word=>title.includes(word)).length:0};
  }).filter(hit=>hit.score).sort((a,b)=>b.score-a.score||(a.page.at<b.page.at?-1:1));
  element("p",hits.length===1?"1 page":`${hits.length} pages`,found);
  const list=element("ul","",found);list.className="plain";
  for(const {page,text} of hits){
    const item=element("li","",list);element("a",page.title,item).href=page.at;
    const at=Math.max(0,...words.map(word=>text.indexOf(word))),from=Math.max(0,at-60);
    element("div",(from?"… ":"")+page.text.slice(from,at+140)+" …",item);
  }
};
field.addEventListener("input",()=>{search();history.replaceState(null,"","?q="+encodeURIComponent(field.value))});
field.form.addEventListener("submit",event=>event.preventDefault());
field.value=new URLSearchParams(location.search).get("q")||"";search();
"""
