"""The language of a posting, by codes and by small words."""

import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain import language
from services.ingest.domain.language import language_in, language_of

DATA = tomllib.loads(Path(language.__file__).with_suffix(".toml").read_text("utf-8"))
TEXTS = {
    "bg": "Търсим инженер, който да работи с нашия екип в София. Ти ще отговаряш за разработката на нови услуги и ще имаш възможност "
    "да се развиваш. Предлагаме гъвкаво работно време, допълнителен отпуск и обучения при нас, както и работа от вкъщи.",
    "ca": "Busquem una persona amb experiència per al nostre equip de Girona. Treballaràs en el desenvolupament de les aplicacions que "
    "fan servir els nostres clients, i també ajudaràs a millorar la qualitat dels productes. Oferim un horari flexible i més vacances.",
    "cs": "Do našeho týmu v Brně hledáme vývojáře, který se nebojí nových věcí. Budete pracovat na systémech, které používají naši "
    "zákazníci po celém světě, a máte možnost práce z domova. Nabízíme vám pružnou pracovní dobu a příspěvek na vzdělávání pro každého.",
    "da": "Vi søger en udvikler til vores team i Aarhus, som har lyst til at arbejde med nye tjenester. Du bliver en del af en gruppe, "
    "hvor vi hjælper hinanden, og hvor der er plads til dig. Du har erfaring med databaser, og det er ikke et krav at kunne tysk.",
    "de": "Für unser Team in Leipzig suchen wir eine Person, die mit uns neue Dienste baut. Du bist offen für Neues und hast Freude an "
    "der Arbeit im Team. Wir bieten dir flexible Zeiten, ein gutes Gehalt und die Möglichkeit, auch von zu Hause aus zu arbeiten.",
    "el": "Αναζητούμε μηχανικό λογισμικού για την ομάδα μας στη Θεσσαλονίκη, με εμπειρία στην ανάπτυξη εφαρμογών και διάθεση για μάθηση.",
    "en": "We are looking for an engineer who will join our team in Riverton. You will build services that are used by our customers, "
    "and you have the chance to learn from people who care about what they do. This is not an easy job, but it will be fun.",
    "es": "Buscamos una persona con experiencia para nuestro equipo de Sevilla. Trabajarás en el desarrollo de las aplicaciones que usan "
    "nuestros clientes y también ayudarás a mejorar la calidad de los productos. Ofrecemos un horario flexible y más vacaciones.",
    "et": "Otsime oma meeskonda arendajat, kes ei karda uusi asju. Sinu töö on luua teenuseid, mis on meie klientidele olulised, ning "
    "sul on võimalus õppida koos teistega. Kui oled huvitatud, siis saada meile oma elulugu või kirjuta, ja me võtame ühendust.",
    "fi": "Etsimme tiimiimme kehittäjää, joka haluaa oppia uutta. Sinulla on kokemusta sovelluksista ja olet tottunut työskentelemään "
    "muiden kanssa. Meillä voit tehdä työtä myös kotona, ja tarjoamme hyvän palkan sekä koulutusta. Työn aloitus on sopimuksen mukaan.",
    "fr": "Nous recherchons une personne pour notre équipe de Nantes. Vous participez au développement des applications que nos clients "
    "utilisent, et vous aidez à améliorer la qualité des produits. Nous offrons des horaires souples ainsi que du travail chez vous.",
    "he": "אנחנו מחפשים מפתחת או מפתח לצוות שלנו בחיפה, עם ניסיון בפיתוח שירותים ורצון ללמוד דברים חדשים יחד איתנו במשרד או מהבית",
    "hr": "Tražimo osobu koja će u našem timu u Splitu raditi na novim uslugama. Ako imate iskustva i volite učiti, javite nam se što "
    "prije. Nudimo vam fleksibilno radno vrijeme, rad od kuće i obuku kroz cijelu godinu, kao i dodatne dane za odmor uz more.",
    "hu": "Csapatunkba keresünk egy olyan fejlesztőt, aki szeret tanulni. A munka során új szolgáltatásokat készítünk, amelyek az "
    "ügyfeleink számára fontosak. Nem baj, ha még nincs sok tapasztalatod, mert mi segítünk, és az iroda is közel van a vasúthoz.",
    "id": "Kami mencari pengembang untuk bergabung dengan tim di Bandung. Anda akan membuat layanan yang digunakan oleh para pelanggan "
    "dan dapat belajar dari rekan kerja yang lebih berpengalaman. Kami juga memberi waktu kerja yang fleksibel serta cuti tambahan.",
    "it": "Cerchiamo una persona con esperienza per il nostro gruppo di Bologna. Ti occuperai dello sviluppo delle applicazioni che "
    "usano i nostri clienti e ci aiuterai a migliorare la qualità dei prodotti. Offriamo un orario flessibile e più giorni di ferie.",
    "ja": "私たちのチームでは、新しいサービスを一緒に作ってくれるエンジニアを募集しています。経験は問いませんので、学ぶ意欲のある方はぜひご応募ください。",
    "ko": "우리 팀과 함께 새로운 서비스를 만들어 갈 개발자를 찾고 있습니다. 배우려는 의지가 있는 분이라면 누구나 지원하실 수 있으며 재택근무도 가능합니다.",
    "lt": "Ieškome kolegos, kuris prisijungtų prie mūsų komandos Kaune. Tu kursi paslaugas, kurios yra svarbios klientams, ir turėsi "
    "galimybę mokytis iš kitų. Jei apie mus dar negirdėjai, parašyk, nes mes mielai papasakosime, kad būtų aišku, kaip dirbame.",
    "lv": "Mēs meklējam izstrādātāju, kas vēlas pievienoties mūsu komandai Liepājā. Tu veidosi pakalpojumus, kuri ir svarīgi klientiem, "
    "un mācīsies no citiem. Mums ir elastīgs darba laiks, kā arī iespēja strādāt no mājām. Raksti mums, ja ar to tev ir par maz.",
    "nl": "Voor ons team in Utrecht zoeken we een ontwikkelaar die graag leert. Je werkt aan diensten die door onze klanten worden "
    "gebruikt en je helpt om de kwaliteit te verbeteren. We bieden je een goed salaris en je kunt ook een deel van de week thuis werken.",
    "no": "Vi søker en utvikler til teamet vårt i Bergen, som har lyst til å jobbe med nye tjenester. Du blir en del av en gruppe der vi "
    "hjelper hverandre, og hvor det er plass til deg. Du har erfaring fra databaser, og det er ikke et krav å kunne tysk. Vi gir mye.",
    "pl": "Szukamy osoby, która dołączy do naszego zespołu we Wrocławiu. Będziesz tworzyć usługi, z których korzystają nasi klienci, oraz "
    "uczyć się od innych. Oferujemy elastyczny czas pracy i możliwość pracy z domu. Jeśli masz pytania, napisz do nas, nie czekaj.",
    "pt": "Procuramos uma pessoa com experiência para a nossa equipe do Porto. Você vai trabalhar no desenvolvimento das aplicações que "
    "os nossos clientes usam e também ajudar a melhorar a qualidade dos produtos. Temos um horário flexível e não há trabalho à noite.",
    "ro": "Căutăm un coleg pentru echipa noastră din Cluj. Vei lucra la servicii care sunt folosite de clienți și vei învăța de la alții. "
    "Nu este nevoie să ai multă experiență, dar ne bucurăm dacă ai curiozitate. Oferim un program flexibil și zile libere în plus.",
    "ru": "Мы ищем разработчика в нашу команду в Казани. Вы будете создавать сервисы, которые важны для клиентов, и учиться у коллег. "
    "Мы предлагаем гибкий график, а также возможность работать из дома. Если у вас есть вопросы, напишите нам, и мы на них ответим.",
    "sk": "Do nášho tímu v Košiciach hľadáme vývojára, ktorý sa nebojí nových vecí. Budete pracovať na službách, ktoré používajú naši "
    "zákazníci po celom svete, a máte možnosť práce z domu. Ponúkame vám pružný pracovný čas, príspevok na vzdelanie a čo je dôležité.",
    "sl": "V našo ekipo v Mariboru iščemo osebo, ki bo z nami razvijala nove storitve. Če ste radovedni in imate več izkušenj, nam pišite. "
    "Pri nas lahko delate tudi od doma, delo pa je zanimivo. Za vas imamo dodatne dni dopusta, ali pa boste hodili na izobraževanja, če se da.",
    "sv": "Vi söker en utvecklare till vårt team i Malmö, som har lust att arbeta med nya tjänster. Du blir en del av en grupp där vi "
    "hjälper varandra, och det finns plats för dig. Du har erfarenhet av databaser, och det är inte ett krav att kunna tyska.",
    "th": "เรากำลังมองหานักพัฒนาซอฟต์แวร์ที่ต้องการเรียนรู้สิ่งใหม่และสร้างบริการร่วมกับทีมของเราในเชียงใหม่ มีเวลาทำงานยืดหยุ่น",
    "tr": "İzmir ofisimizde ekip arkadaşı olacak bir geliştirici arıyoruz. Yeni hizmetler üzerine çalışacak ve bizim müşteriler için iyi "
    "ürünler yapacaksın. Deneyim sahibi olmak gerekli değil, ama öğrenme isteği çok önemli. Esnek saatler ve daha fazla izin de var, ne dersin?",
    "uk": "Ми шукаємо розробника до нашої команди у Львові. Ви будете створювати сервіси, які важливі для клієнтів, та вчитися у колег. "
    "Ми пропонуємо гнучкий графік, а також можливість працювати з дому. Якщо у вас є питання, напишіть нам, і ми на них відповімо.",
    "vi": "Chúng tôi đang tìm một kỹ sư cho đội ngũ tại Đà Nẵng. Bạn sẽ làm việc với những người giỏi và có cơ hội học hỏi về các dịch vụ "
    "mới của công ty. Chúng tôi cho phép làm từ nhà hoặc đến văn phòng, và không yêu cầu nhiều kinh nghiệm khi được tuyển.",
    "ar": "نبحث عن مطور برمجيات للانضمام إلى فريقنا في عمّان والعمل على خدمات جديدة مع زملاء يحبون التعلم ويساعد بعضهم بعضا كل يوم",
    "zh": "我们正在寻找一位愿意学习新事物的软件工程师加入我们在成都的团队，与同事一起开发客户使用的服务，工作时间灵活，可以在家办公，欢迎投递简历。",
}  # fmt: skip


@pytest.mark.parametrize("code", TEXTS)
def test_a_text_is_in_its_language(code: str) -> None:
    assert language_in(TEXTS[code]) == code


@pytest.mark.parametrize("code", TEXTS)
def test_names_of_techniques_change_nothing(code: str) -> None:
    assert language_in(f"{TEXTS[code]}\n\nPython, Kubernetes, PostgreSQL, CI/CD") == code


@pytest.mark.parametrize("code", sorted(TEXTS.keys() - {"en"}))
def test_a_text_of_two_languages_is_in_none(code: str) -> None:
    assert language_in(f"{TEXTS[code]}\n\n{TEXTS['en']}") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n ",
        "We are hiring.",
        "Lodestar | Engineer | Riverton | Full-time | Remote",
        "Python Java Go Rust Kubernetes Docker " * 20,
        "https://lodestar.example/de/und/die " * 20,
        "0123456789 " * 100,
        "\u0627\u06cc\u0646 " * 40,
    ],
)
def test_too_little_says_nothing(text: str) -> None:
    assert language_in(text) is None


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("en-US", "en"),
        ("en_US.UTF-8", "en"),
        ("eng", "en"),
        ("English", "en"),
        ("English (US)", "en"),
        (" english ", "en"),
        ("de_DE", "de"),
        ("ger", "de"),
        ("deu", "de"),
        ("Deutsch", "de"),
        ("pt-BR", "pt"),
        ("zh-Hans-CN", "zh"),
        ("Français", "fr"),
        ("nb-NO", "no"),
        ("nn", "no"),
        ("no", "no"),
        ("iw", "he"),
        ("cy", "cy"),
        ("English, English (UK)", "en"),
        ("English, German", None),
        ("en/de", None),
        ("English and German", None),
        ("US", None),
        ("xx", None),
        ("Klingon", None),
        ("", None),
        ("-", None),
        (",", None),
    ],
)
def test_fields_are_read_in_the_sources_words(code: str, language: str | None) -> None:
    assert language_of(code) == language


def test_names_of_languages_stand_for_one_each() -> None:
    names = [name for others in DATA["names"].values() for name in others]
    assert len(names) == len(set(names))
    codes = set(DATA["codes"].split())
    assert len(codes) == 183
    assert set(DATA["names"]) | set(DATA["words"]) | set(DATA["scripts"]) <= codes
    assert {name for name in names if name in codes} == {"nb", "nn"}


def test_small_words_are_in_small_letters_and_stand_once() -> None:
    for code, words in DATA["words"].items():
        said = words.split()
        assert len(said) >= 30, code
        assert said == [word.lower() for word in said], code
        assert [word for word in said if said.count(word) > 1] == [], code


def test_every_language_that_is_known_has_its_text_here() -> None:
    assert set(DATA["words"]) | set(DATA["scripts"]) | {"ar", "zh"} == set(TEXTS)


WORDS = st.lists(st.sampled_from([*" ".join(DATA["words"].values()).split(), "x", "\n", "\ud800", "İ", "私の", "가", "中"]))


@given(WORDS.map(" ".join) | st.text())
def test_any_text_is_read(text: str) -> None:
    for found in (language_in(text), language_of(text)):
        assert found is None or len(found) == 2


@pytest.mark.parametrize("piece", [" ", "the ", "the und ", "x", "私", "\u0627", "\ud800", ",", "en, ", "-"])
def test_a_long_text_takes_no_longer_than_one_of_a_few_pages(piece: str) -> None:
    def cost(length: int) -> float:
        text, started = piece * (length // len(piece)), time.process_time()
        for _ in range(20):
            language_in(text)
            language_of(text)
        return time.process_time() - started

    assert min(cost(1_000_000) for _ in range(3)) < 20 * min(cost(10_000) for _ in range(3)) + 0.1
