import { plainName } from "../db/names.js";

/**
 * Other spellings of one club, by country: first football-data.co.uk's usual one, then what its own older files, API-Football and
 * other sources write. Clubs that were founded anew after a bankruptcy are other clubs and stay apart, renamed ones are the same.
 * @type {Record<string, string[][]>}
 */
// prettier-ignore
const SPELLINGS = {
  England: [
    ["Man United", "Manchester United", "Man Utd", "Manchester Utd"], ["Man City", "Manchester City"],
    ["Nott'm Forest", "Nottingham Forest", "Nottm Forest", "Notts Forest"], ["Tottenham", "Tottenham Hotspur", "Spurs"],
    ["Wolves", "Wolverhampton", "Wolverhampton Wanderers"], ["West Brom", "West Bromwich Albion", "West Bromwich"],
    ["West Ham", "West Ham United"], ["Newcastle", "Newcastle United", "Newcastle Utd"], ["Leeds", "Leeds United"],
    ["Brighton", "Brighton & Hove Albion", "Brighton and Hove Albion"], ["Leicester", "Leicester City"], ["Norwich", "Norwich City"],
    ["Bournemouth", "AFC Bournemouth"], ["Cardiff", "Cardiff City"], ["Swansea", "Swansea City"], ["Hull", "Hull City"],
    ["Stoke", "Stoke City"], ["Birmingham", "Birmingham City"], ["Blackburn", "Blackburn Rovers"], ["Bolton", "Bolton Wanderers"],
    ["Charlton", "Charlton Athletic"], ["Coventry", "Coventry City"], ["Derby", "Derby County"], ["Ipswich", "Ipswich Town"],
    ["Huddersfield", "Huddersfield Town"], ["Luton", "Luton Town"], ["Preston", "Preston North End"], ["Plymouth", "Plymouth Argyle"],
    ["QPR", "Queens Park Rangers", "Queen's Park Rangers"], ["Sheffield Weds", "Sheffield Wednesday", "Sheffield Wed"],
    ["Sheffield United", "Sheffield Utd"], ["Middlesbrough", "Middlesboro"], ["Peterboro", "Peterborough", "Peterborough United"],
    ["Bristol Rvs", "Bristol Rovers"], ["Milton Keynes Dons", "MK Dons"], ["Oxford", "Oxford United"], ["Rotherham", "Rotherham United"],
    ["Wigan", "Wigan Athletic"], ["Wycombe", "Wycombe Wanderers"], ["Bradford", "Bradford City"], ["Lincoln", "Lincoln City"],
    ["Exeter", "Exeter City"], ["Cambridge", "Cambridge United"], ["Carlisle", "Carlisle United"], ["Grimsby", "Grimsby Town"],
    ["Mansfield", "Mansfield Town"], ["Northampton", "Northampton Town"], ["Shrewsbury", "Shrewsbury Town"], ["Swindon", "Swindon Town"],
    ["Stockport", "Stockport County"], ["Tranmere", "Tranmere Rovers"], ["Doncaster", "Doncaster Rovers"], ["Crewe", "Crewe Alexandra"],
    ["Colchester", "Colchester United"], ["Accrington", "Accrington Stanley"], ["Burton", "Burton Albion"], ["Cheltenham", "Cheltenham Town"],
    ["Crawley Town", "Crawley"], ["Dag and Red", "Dagenham & Redbridge", "Dagenham and Redbridge"], ["Forest Green", "Forest Green Rovers"],
    ["Ebbsfleet", "Ebbsfleet United", "Gravesend", "Gravesend & Northfleet"], ["Halifax", "Halifax Town", "FC Halifax Town"],
    ["Rushden & D", "Rushden & Diamonds"], ["Hartlepool", "Hartlepool United"], ["Oldham", "Oldham Athletic"], ["York", "York City"],
    ["Solihull", "Solihull Moors"], ["Sutton", "Sutton United"], ["Maidenhead", "Maidenhead United"], ["Salford", "Salford City"],
    ["Fleetwood Town", "Fleetwood"], ["Newport County", "Newport"], ["Yeovil", "Yeovil Town"], ["Torquay", "Torquay United"],
    ["Macclesfield", "Macclesfield Town"], ["Kidderminster", "Kidderminster Harriers"], ["Harrogate", "Harrogate Town"],
    ["Southend", "Southend United"], ["Scunthorpe", "Scunthorpe United"], ["Fylde", "AFC Fylde"],
  ],
  Scotland: [
    ["Hearts", "Heart of Midlothian"], ["Hibernian", "Hibs"], ["Dundee United", "Dundee Utd"], ["St Johnstone", "St. Johnstone"],
    ["St Mirren", "St. Mirren"], ["Inverness C", "Inverness", "Inverness CT", "Inverness Caledonian Thistle"],
    ["Partick", "Partick Thistle"], ["Queen of Sth", "Queen of the South"], ["Raith Rvs", "Raith Rovers"], ["Ayr", "Ayr United"],
    ["Hamilton", "Hamilton Academical"], ["Morton", "Greenock Morton"], ["Dunfermline", "Dunfermline Athletic"],
    ["Albion Rvs", "Albion Rovers"], ["Airdrie Utd", "Airdrie United"], ["Alloa", "Alloa Athletic"], ["Queens Park", "Queen's Park"],
    ["East Stirling", "East Stirlingshire"], ["Edinburgh City", "FC Edinburgh"], ["Stirling", "Stirling Albion"], ["Elgin", "Elgin City"],
    ["Forfar", "Forfar Athletic"], ["Berwick", "Berwick Rangers"], ["Brechin", "Brechin City"], ["Spartans", "The Spartans"],
  ],
  Germany: [
    ["Fortuna Dusseldorf", "Dusseldorf", "Fortuna Düsseldorf"], ["Frankfurt FSV", "FSV Frankfurt"],
    ["Ein Frankfurt", "Eintracht Frankfurt"], ["M'gladbach", "Borussia Mönchengladbach", "Borussia Monchengladbach", "Monchengladbach"],
    ["Bayern Munich", "Bayern München", "FC Bayern München", "Bayern"], ["Dortmund", "Borussia Dortmund"],
    ["Leverkusen", "Bayer Leverkusen", "Bayer 04 Leverkusen"], ["Schalke 04", "FC Schalke 04", "Schalke"],
    ["FC Koln", "1. FC Köln", "1.FC Köln", "Koln", "Cologne"], ["Hertha", "Hertha BSC", "Hertha Berlin"], ["Hamburg", "Hamburger SV"],
    ["Stuttgart", "VfB Stuttgart"], ["Wolfsburg", "VfL Wolfsburg"], ["Hoffenheim", "1899 Hoffenheim", "TSG Hoffenheim"],
    ["Mainz", "FSV Mainz 05", "Mainz 05", "1. FSV Mainz 05"], ["Augsburg", "FC Augsburg"], ["Freiburg", "SC Freiburg"],
    ["Werder Bremen", "SV Werder Bremen", "Bremen"], ["Hannover", "Hannover 96"], ["Nurnberg", "1. FC Nürnberg", "1.FC Nürnberg"],
    ["Greuther Furth", "SpVgg Greuther Fürth", "SpVgg Greuther Furth"], ["Kaiserslautern", "1. FC Kaiserslautern"],
    ["St Pauli", "FC St. Pauli", "St. Pauli"], ["Bielefeld", "Arminia Bielefeld"], ["Heidenheim", "1. FC Heidenheim", "FC Heidenheim"],
    ["Darmstadt", "SV Darmstadt 98", "Darmstadt 98"], ["Bochum", "VfL Bochum"], ["Munich 1860", "1860 Munich", "1860 München"],
  ],
  Italy: [
    ["Inter", "Inter Milan", "Internazionale"], ["Milan", "AC Milan"], ["Roma", "AS Roma"], ["Verona", "Hellas Verona"],
    ["Spal", "SPAL 2013"], ["Napoli", "SSC Napoli"], ["Juventus", "Juventus FC"], ["Lazio", "SS Lazio"], ["Chievo", "Chievo Verona"],
  ],
  Spain: [
    ["Ath Madrid", "Atletico Madrid", "Atlético Madrid", "Atlético de Madrid"], ["Ath Bilbao", "Athletic Club", "Athletic Bilbao"],
    ["Espanol", "Espanyol", "RCD Espanyol"], ["Sociedad", "Real Sociedad"], ["Betis", "Real Betis"], ["Celta", "Celta Vigo", "Celta de Vigo"],
    ["La Coruna", "Deportivo La Coruna", "Deportivo La Coruña", "Deportivo"], ["Vallecano", "Rayo Vallecano"],
    ["Sp Gijon", "Sporting Gijon", "Sporting Gijón"], ["Santander", "Racing Santander"], ["Valladolid", "Real Valladolid"],
    ["Zaragoza", "Real Zaragoza"], ["Barcelona", "FC Barcelona"], ["Oviedo", "Real Oviedo"], ["Leonesa", "Cultural Leonesa"],
  ],
  France: [
    ["Paris SG", "Paris Saint Germain", "Paris Saint-Germain", "PSG"], ["St Etienne", "Saint Etienne", "Saint-Étienne", "AS Saint-Étienne"],
    ["Lyon", "Olympique Lyonnais"], ["Marseille", "Olympique Marseille", "Olympique de Marseille"], ["Monaco", "AS Monaco"],
    ["Rennes", "Stade Rennais"], ["Brest", "Stade Brestois 29", "Stade Brestois"], ["Clermont", "Clermont Foot"],
    ["Ajaccio GFCO", "Gazelec Ajaccio", "GFC Ajaccio"], ["Lens", "RC Lens"], ["Lille", "LOSC Lille", "LOSC"],
  ],
  Netherlands: [
    ["Roda JC", "Roda"], ["Nijmegen", "NEC Nijmegen", "NEC"], ["Waalwijk", "RKC Waalwijk", "RKC"], ["For Sittard", "Fortuna Sittard"],
    ["Den Haag", "ADO Den Haag"], ["Zwolle", "PEC Zwolle", "FC Zwolle"], ["Graafschap", "De Graafschap"], ["FC Emmen", "Emmen"],
    ["AZ Alkmaar", "AZ"], ["PSV Eindhoven", "PSV"], ["NAC Breda", "NAC"], ["VVV Venlo", "VVV"], ["Twente", "FC Twente"],
    ["Utrecht", "FC Utrecht"], ["Groningen", "FC Groningen"], ["Roosendaal", "RBC Roosendaal"],
  ],
  Belgium: [
    ["Club Brugge", "Club Brugge KV", "Club Bruges"], ["Standard", "Standard Liege", "Standard Liège"], ["Gent", "KAA Gent"],
    ["Genk", "KRC Genk"], ["St. Gilloise", "Union St. Gilloise", "Union Saint-Gilloise"], ["St Truiden", "Sint-Truiden", "St. Truiden"],
    ["Oud-Heverlee Leuven", "OH Leuven"], ["Bergen", "Mons"], ["Louvieroise", "La Louvière", "La Louviere"],
    ["Waregem", "Zulte Waregem", "Zulte-Waregem"], ["Oostende", "KV Oostende"], ["Mechelen", "KV Mechelen"],
  ],
  Portugal: [
    ["Sp Lisbon", "Sporting CP", "Sporting", "Sporting Lisbon"], ["Sp Braga", "SC Braga", "Braga", "Sporting Braga"],
    ["Porto", "FC Porto"], ["Benfica", "SL Benfica"], ["Guimaraes", "Vitória Guimarães", "Vitoria Guimaraes", "Guimarães"],
    ["Setubal", "Vitória Setúbal", "Vitoria Setubal"], ["Chaves", "Desp. Chaves", "GD Chaves"], ["Uniao Madeira", "Madeira"],
    ["Estrela", "Est Amadora", "Estrela Amadora", "Estrela da Amadora"], ["Pacos Ferreira", "Paços de Ferreira", "Pacos de Ferreira"],
  ],
  Turkey: [
    ["Buyuksehyr", "Istanbul Basaksehir", "Başakşehir", "Basaksehir"], ["Osmanlispor", "Ankaraspor"], ["Hacettepespor", "Oftasspor"],
    ["Goztep", "Göztepe", "Goztepe"], ["Rizespor", "Çaykur Rizespor", "Rizespor"], ["Ad. Demirspor", "Adana Demirspor"],
    ["Karagumruk", "Fatih Karagümrük", "Fatih Karagumruk"], ["Gaziantep", "Gaziantep FK"],
  ],
  Greece: [
    ["Olympiakos", "Olympiakos Piraeus", "Olympiacos"], ["Iraklis", "Heracles", "Iraklis 1908"], ["OFI Crete", "OFI"],
    ["Doxa Dramas", "Doxa", "Doxa Drama"], ["Ethnikos Asteras", "Eth Asteras"], ["AEK", "AEK Athens", "AEK Athens FC"],
    ["Giannina", "PAS Giannina"], ["Volos NFC", "Volos"], ["Larisa", "AEL Larissa", "AEL", "Larissa"], ["Aris", "Aris Thessaloniki", "Aris Thessalonikis"],
    ["Xanthi", "Skoda Xanthi", "Xanthi FC"],
  ],
};

/** @type {Map<string, string>} usual spelling by country and plain name */
const USUAL = new Map(
  Object.entries(SPELLINGS).flatMap(([country, clubs]) =>
    clubs.flatMap((spellings) => spellings.map((spelling) => [`${country}|${plainName(spelling)}`, spellings[0]])),
  ),
);

/**
 * @param {string} country
 * @param {string} name as a file or a person writes it
 * @returns {string} the spelling under which the club is kept
 */
export function usualSpelling(country, name) {
  return USUAL.get(`${country}|${plainName(name)}`) ?? name;
}

/**
 * @param {string} name
 * @returns {string[]} the spellings that clubs of any country known by that name are kept under
 */
export function usualSpellings(name) {
  return Object.keys(SPELLINGS).flatMap((country) => USUAL.get(`${country}|${plainName(name)}`) ?? []);
}

/**
 * @param {string} country
 * @param {string} name
 * @returns {string} natural key: clubs of one name in different countries are different clubs
 */
export function teamKey(country, name) {
  return `${country}|${plainName(usualSpelling(country, name))}`;
}
