// 256 common Dutch words of one or two syllables, our own choice: easy to say, easy to tell apart.
// Their order is part of the check: two pages with different lists would show different words.

const LIST = `
aap aardbei akker anker antwoord appel april arend auto avond baan baard bakker banaan bank
beek beer bel berg bever bezem biet bij blad bloem bocht boek boer boom boot borstel bos
boter brief bril broer brood brug buik bus buur dak dans deeg deken deksel deur dief dier
dijk dobber doek dokter donder doos dorp draad draak drempel druif duif duim duin ei eik
eiland ezel fiets film fles fluit foto fruit gans gast geit gitaar glas goud graan gras grot
haak haan haard haas hamer hand haven heg helm herfst heuvel hoed hond honing hoofd hotel
huis ijs inkt jas juni jurk kaars kaas kachel kade kamer kano kast kat keel kelder kers
ketel kikker kist klas klei klok knie knoop koe koffer koffie kok komma konijn koning kooi
koor koper kraan krant kroon kruid kuil laars lach lade lamp land lente leraar letter liedje
lijn linde lucht maan maart machine mand mantel markt meer melk merel mes meter middag
minuut mist moeder molen mond motor muis munt muts muur naald naam nacht neef nest neus olie
olifant oom oor oven paard pad papier parel park peer pen peper piano pijl plank plant plein
poes poort pop prins punt raam radio regen reis ring rivier roos rots rug schaap schaar
schip schoen school schuur sjaal slak slee sleutel sneeuw soep spiegel spin spons ster stoel
storm straat suiker tafel tand tas tent thee tijger toren trap trein trui tuin tulp uil vaas
varken veer vis vlag vlinder vogel vuur wagen water week wiel wijn
`;

export const WORDS: readonly string[] = LIST.trim().split(/\s+/);
