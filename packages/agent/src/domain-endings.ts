import { unmasked } from './unmasked.ts'

/** Endings of hosts that anybody can have, and those that never are public. What ends so is a host, however it is written. */
export const GENERIC: ReadonlySet<string> = new Set(
  (
    'com net org info biz io dev app ai co me xyz top online site store tech ws gg tv onion ' +
    'academy accountant accountants actor ads adult aero agency airforce apartments archi army art asia associates ' +
    'attorney auction audio auto autos baby band bar bargains beauty beer best bet bible bid bike bingo bio black ' +
    'blackfriday blog blue boats bond boo book boston bot boutique box broker build builders business buzz bzh cab ' +
    'cafe cam camera camp capital car cards care career careers cars casa cash casino cat catering center ceo cfd ' +
    'channel charity chat cheap christmas church city claims cleaning click clinic clothing cloud club coach codes ' +
    'coffee college community company computer condos construction consulting contact contractors cooking cool coop ' +
    'country coupons courses credit creditcard cricket cruises cyou dad dance date dating day deal dealer deals degree ' +
    'delivery democrat dental dentist desi design diamonds diet digital direct directory discount diy doctor dog ' +
    'domains download earth eat eco edu education email energy engineer engineering enterprises equipment esq estate ' +
    'eus events exchange expert exposed express fail faith family fan fans farm fashion fast feedback film finance ' +
    'financial fish fishing fit fitness flights florist flowers fly food football forex forsale forum foundation free ' +
    'frl fun fund furniture futbol fyi gal gallery game games garden gay gdn gift gifts giving gives glass global gmbh ' +
    'gold golf gop gov graphics gratis green gripe group guide guitars guru hair haus health healthcare help hiphop ' +
    'hiv hockey holdings holiday homes horse hospital host hosting hot house how icu immo immobilien inc industries ' +
    'ing ink institute insure int international investments irish jetzt jewelry jobs juegos kaufen kids kim kitchen ' +
    'kiwi kosher land lat law lawyer lease legal lgbt life lifestyle lighting limited limo link live living llc loan ' +
    'loans locker lol lotto love ltd ltda luxe luxury maison makeup management market marketing markets mba med media ' +
    'meet meme memorial men menu mil mobi moda moe moi mom money monster mortgage motorcycles mov movie museum music ' +
    'name navy network new news nexus ngo ninja now observer okinawa one ong onl ooo organic page paris partners parts ' +
    'party pay pet phd phone photo photography photos physio pics pictures pink pizza place plumbing plus poker porn ' +
    'press pro prod productions prof promo properties property protection pub qpon racing radio realestate realtor ' +
    'realty recipes red rehab reise reisen rent rentals repair report republican rest restaurant review reviews rich ' +
    'rip rocks rodeo rsvp rugby run sale salon sarl save school schule science scot secure security select services ' +
    'sex sexy shiksha shoes shop shopping show singles ski skin soccer social software solar solutions song soy spa ' +
    'space sport spot srl storage stream studio study style sucks supplies supply support surf surgery systems talk ' +
    'tattoo tax taxi team technology tel tennis theater theatre tickets tienda tips tires today tools tours town toys ' +
    'trade trading training travel trust tube university uno vacations vegas ventures vet viajes video vin vip vision ' +
    'vodka vote voting voto voyage wang watch watches weather web webcam website wed wedding wiki win wine work works ' +
    'world wow wtf xxx yachts yoga you yun zip zone ' +
    'africa amsterdam bayern berlin brussels capetown cologne cymru dubai durban gent hamburg helsinki istanbul koeln ' +
    'kyoto london madrid melbourne miami moscow nagoya nrw nyc osaka quebec ruhr ryukyu saarland swiss sydney taipei ' +
    'tatar tirol tokyo vlaanderen wales wien yokohama zuerich ' +
    'bit corp crypto eth example home internal invalid lan local localhost nft test ' +
    'бг бел дети ею ком мкд мон москва онлайн орг рус рф сайт срб укр қаз ελ ευ გე հայ ' +
    '中国 中國 中文网 公司 台湾 台灣 商城 商店 在线 我爱你 手机 网址 网站 网络 集团 香港 みんな コム 닷넷 닷컴 한국'
  )
    .split(' ')
    .map(unmasked),
)

/** Those of ISO 3166 and the like. Many are words of some language, so not everything that ends so is a host. */
export const COUNTRIES: ReadonlySet<string> = new Set(
  (
    'ac ad ae af ag al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bv bw by bz ca cc cd cf ' +
    'cg ch ci ck cl cm cn cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gb gd ge gf gh ' +
    'gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in iq ir is it je jm jo jp ke kg kh ki km kn kp kr ' +
    'kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ' +
    'ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sj sk ' +
    'sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tw tz ua ug uk us uy uz va vc ve vg vi vn ' +
    'vu wf ye yt za zm zw'
  ).split(' '),
)

/**
 * Countries whose ending most people know from files. `evil.rs` and `main.rs` cannot be told apart, so these pass; files in
 * `.pl`, `.ps` or `.sh` are talked of so seldom that hosts are the better guess.
 */
export const FILES: ReadonlySet<string> = new Set(['md', 'py', 'rs'])
