"""A Django project, kept live in one process: views, URLs, forms, tags, signals and the admin."""

from __future__ import annotations

import sys

import pytest

from libraries import Library, needs

django = Library("django")
pytestmark = needs("django.apps")

FILES = {
    "shop/__init__.py": "",
    "shop/models.py": """
        from django.db import models
        class Shelf(models.Model):
            name = models.CharField(max_length=20)
            class Meta:
                app_label = "shop"
        class BookQuerySet(models.QuerySet):
            def cheap(self): return self.filter(price__lt=10)
        class Book(models.Model):
            title = models.CharField(max_length=20)
            price = models.IntegerField(default=5)
            shelf = models.ForeignKey(Shelf, null=True, blank=True, on_delete=models.CASCADE)
            objects = BookQuerySet.as_manager()
            class Meta:
                app_label = "shop"
            def label(self): return f"{self.title} for {self.price}"
            @property
            def loud(self): return self.title.upper()
        """,
    "shop/forms.py": """
        from django import forms
        from shop.models import Book
        class Contact(forms.Form):
            name = forms.CharField()
            def clean_name(self): return self.cleaned_data["name"].strip()
        class BookForm(forms.ModelForm):
            class Meta:
                model = Book
                fields = ["title"]
        """,
    "shop/views.py": """
        from django.http import HttpResponse
        from django.shortcuts import render
        from django.views import View
        from shop.forms import BookForm, Contact
        from shop.models import Book
        def home(request): return HttpResponse("home")
        class Books(View):
            greeting = "books"
            def get(self, request):
                return HttpResponse(self.greeting + ": " + ", ".join(b.label() for b in Book.objects.all()))
        def contact(request):
            form = Contact(request.GET)
            return HttpResponse(f"{form.is_valid()} {sorted(form.fields)}")
        def tagged(request): return render(request, "tagged.html", {"name": "ann"})
        """,
    "shop/urls.py": """
        from django.urls import include, path
        from shop import views
        api = [path("contact/", views.contact, name="contact")]
        urlpatterns = [
            path("", views.home, name="home"),
            path("books/", views.Books.as_view(), name="books"),
            path("tagged/", views.tagged),
            path("api/", include(api)),
        ]
        """,
    "shop/templatetags/__init__.py": "",
    "shop/templatetags/shop_tags.py": """
        from django import template
        register = template.Library()
        @register.simple_tag
        def hello(name): return f"hello {name}"
        @register.filter
        def shout(value): return value.upper()
        """,
    "shop/signals.py": """
        from django.db.models.signals import post_init
        from django.dispatch import Signal, receiver
        from shop.models import Book
        SEEN = []
        sold = Signal()
        @receiver(sold)
        def on_sold(sender, **words): SEEN.append("sold")
        @receiver(post_init, sender=Book)
        def on_init(sender, instance, **words): SEEN.append(instance.title)
        """,
    "shop/admin.py": """
        from django.contrib import admin
        from shop.models import Book
        site = admin.AdminSite(name="test")
        @admin.register(Book, site=site)
        class BookAdmin(admin.ModelAdmin):
            list_display = ["title"]
        """,
    "shop/templates/tagged.html": "{% load shop_tags %}{% hello name %} {{ name|shout }}",
}


@pytest.fixture(scope="module", autouse=True)
def configured():
    from django.conf import settings  # not at the top: pytest looks into what it finds there

    if not settings.configured:
        settings.configure(
            DEBUG=True,
            SECRET_KEY="x",
            ALLOWED_HOSTS=["*"],
            ROOT_URLCONF="shop.urls",
            USE_TZ=True,
            INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
            DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
            TEMPLATES=[
                {
                    "BACKEND": "django.template.backends.django.DjangoTemplates",
                    "APP_DIRS": True,
                    "OPTIONS": {"libraries": {"shop_tags": "shop.templatetags.shop_tags"}},
                }
            ],
        )
        django.setup()


@pytest.fixture
def shop(project):
    from django.db import connection
    from django.template import engines
    from django.urls import clear_url_caches, set_urlconf

    project.write(FILES)
    django.apps.apps.set_installed_apps(
        ["django.contrib.contenttypes", "django.contrib.auth", "shop"]
    )
    engines.__dict__.pop("templates", None)
    engines._engines.clear()
    models = project.load("shop.models")
    with connection.schema_editor() as editor:
        editor.create_model(models.Shelf)
        editor.create_model(models.Book)
    project.load("shop.urls")
    yield models
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"DROP TABLE {table}")
    django.apps.apps.unset_installed_apps()
    django.apps.apps.all_models.pop("shop", None)
    django.apps.apps.clear_cache()
    clear_url_caches()
    set_urlconf(None)
    engines.__dict__.pop("templates", None)
    engines._engines.clear()


@pytest.fixture
def get(shop):
    from django.test import Client

    client = Client()

    def get(path):
        response = client.get(path)
        return response.content.decode() if response.status_code == 200 else response.status_code

    return get


def test_views(project, shop, get):
    shop.Book.objects.create(title="a")
    assert (get("/"), get("/books/")) == ("home", "books: a for 5")
    project.edit("shop/views.py", '"home"', '"welcome"')
    project.edit("shop/views.py", '+ ": " +', '+ "= " +')
    project.edit("shop/views.py", 'greeting = "books"', 'greeting = "all"')
    project.refresh()
    assert (get("/"), get("/books/")) == ("welcome", "all= a for 5")

    project.edit("shop/views.py", "def home(request):", "def home(request, mark='!'):")
    project.edit("shop/views.py", 'HttpResponse("welcome")', 'HttpResponse("hi" + mark)')
    project.edit("shop/views.py", "def get(self, request):", "def get(self, request, *words):")
    project.refresh()
    assert (get("/"), get("/books/")) == ("hi!", "all= a for 5")


def test_the_url_conf(project, shop, get):
    from django.urls import reverse

    assert get("/") == "home"
    assert reverse("books") == "/books/"
    project.edit("shop/urls.py", '"books/"', '"all-books/"')
    project.refresh()
    assert get("/all-books/") == "books: "
    assert get("/books/") == 404
    assert reverse("books") == "/all-books/"

    project.edit("shop/urls.py", '    path("tagged/", views.tagged),\n', "")
    project.edit("shop/urls.py", '"contact/"', '"write/"')
    project.refresh()
    assert get("/tagged/") == 404
    assert get("/api/write/") == "False ['name']"
    assert reverse("contact") == "/api/write/"

    project.edit(
        "shop/urls.py",
        '"all-books/"',
        '"new/", views.home, name="new"),\n    path("all-books/"',
    )
    assert project.refresh() == ["run shop.urls.urlpatterns"]
    assert reverse("new") == "/new/"  # though nothing but a list is another one


def test_forms(project, shop, get):
    assert get("/api/contact/?name=x") == "True ['name']"
    Contact = sys.modules["shop.forms"].Contact
    project.edit(
        "shop/forms.py",
        "name = forms.CharField()",
        "name = forms.CharField()\n    age = forms.IntegerField()",
    )
    project.refresh()
    assert get("/api/contact/?name=x") == "False ['age', 'name']"
    assert get("/api/contact/?name=x&age=1") == "True ['age', 'name']"
    assert sys.modules["shop.forms"].Contact is Contact

    BookForm = sys.modules["shop.forms"].BookForm
    project.edit("shop/forms.py", '["title"]', '["title", "price"]')
    project.refresh()
    assert list(BookForm().fields) == ["title", "price"]
    assert BookForm({"title": "a", "price": 3}).save(commit=False).price == 3


def test_methods_of_a_model(project, shop):
    Book, book = shop.Book, shop.Book.objects.create(title="a")
    project.edit("shop/models.py", "for {self.price}", "at {self.price}")
    assert project.refresh()[:1] == ["patch shop.models.Book.label"]
    assert book.label() == "a at 5"

    project.edit("shop/models.py", "def label(self):", "def label(self, mark='!'):")
    project.edit("shop/models.py", "at {self.price}", "at {self.price}{mark}")
    assert project.refresh()[:1] == ["run shop.models.Book.label"]
    assert book.label() == "a at 5!"

    project.edit(
        "shop/models.py",
        "    @property\n    def loud(self): return self.title.upper()\n",
        "    def quiet(self): return self.title.lower()\n",
    )
    project.refresh()
    assert book.quiet() == "a"
    assert not hasattr(book, "loud")
    assert shop.Book is Book is django.apps.apps.get_model("shop", "Book")
    assert Book.objects.get(pk=book.pk) == book

    project.edit("shop/models.py", "price__lt=10", "price__lt=3")
    project.refresh()
    assert list(Book.objects.cheap()) == []


def test_a_changed_field_needs_a_restart(project, shop, get):
    Book, book = shop.Book, shop.Book.objects.create(title="a")
    fields = [field.name for field in Book._meta.get_fields()]
    project.edit(
        "shop/models.py",
        "price = models.IntegerField(default=5)",
        "price = models.IntegerField(default=6)\n    pages = models.IntegerField(default=0)",
    )
    project.edit("shop/models.py", "for {self.price}", "costs {self.price}")
    report = project.report()

    assert report.error is None
    assert report.notes == (
        "shop.models.Book changed in what Django reads only once (fields, managers, Meta, bases): "
        "restart to see it",
    )
    assert [field.name for field in Book._meta.get_fields()] == fields
    assert Book._meta.get_field("price").default == 5
    assert not hasattr(Book, "pages")
    assert book.label() == "a costs 5"
    assert shop.Book is Book is django.apps.apps.get_model("shop", "Book")
    Book.objects.create(title="b")
    assert get("/books/") == "books: a costs 5, b costs 5"


def test_a_new_model_and_one_that_goes(project, shop):
    project.write(
        {
            "shop/models.py": project.read("shop/models.py")
            + "class Tag(models.Model):\n    name = models.CharField(max_length=5)\n    class Meta:\n        app_label = 'shop'\n"
        }
    )
    project.refresh()
    Tag = shop.Tag
    assert django.apps.apps.get_model("shop", "Tag") is Tag
    text = project.read("shop/models.py")
    project.write({"shop/models.py": text[: text.index("class Tag")]})
    project.refresh()
    with pytest.raises(LookupError):
        django.apps.apps.get_model("shop", "Tag")
    project.write({"shop/models.py": text})
    project.refresh()
    assert django.apps.apps.get_model("shop", "Tag") is shop.Tag


def test_template_tags(project, shop, get):
    assert get("/tagged/") == "hello ann ANN"
    project.edit("shop/templatetags/shop_tags.py", "hello {name}", "hi {name}")
    assert project.refresh() == ["patch shop.templatetags.shop_tags.hello"]
    assert get("/tagged/") == "hi ann ANN"
    project.edit("shop/templatetags/shop_tags.py", "def hello(name):", "def hello(name, mark='!'):")
    project.edit("shop/templatetags/shop_tags.py", "hi {name}", "hi {name}{mark}")
    project.edit("shop/templatetags/shop_tags.py", "value.upper()", "value.title()")
    project.refresh()
    assert get("/tagged/") == "hi ann! Ann"
    project.edit("shop/templatetags/shop_tags.py", "def shout", "def cry")
    project.edit("shop/views.py", "tagged.html", "cried.html")
    project.write({"shop/templates/cried.html": "{% load shop_tags %}{{ name|cry }}"})
    project.refresh()
    assert get("/tagged/") == "Ann"
    tags = sys.modules["shop.templatetags.shop_tags"].register
    assert sorted(tags.filters) == ["cry"]


def test_signals_are_not_doubled(project, shop):
    signals = project.load("shop.signals")
    project.edit(
        "shop/signals.py", "def on_sold(sender, **words):", "def on_sold(sender, x=1, **words):"
    )
    assert project.refresh() == ["run shop.signals.on_sold"]
    signals.sold.send(None)
    assert signals.SEEN == ["sold"]
    assert len(signals.sold.receivers) == 1

    project.edit("shop/signals.py", "instance.title)", "instance.title + '!')")
    project.edit("shop/signals.py", "instance, **words", "instance, y=1, **words")
    project.refresh()
    signals.SEEN.clear()
    shop.Book(title="a")
    assert signals.SEEN == ["a!"]

    project.edit(
        "shop/signals.py",
        '@receiver(sold)\ndef on_sold(sender, x=1, **words): SEEN.append("sold")\n',
        "",
    )
    project.refresh()
    signals.SEEN.clear()
    signals.sold.send(None)
    assert signals.SEEN == []


def test_the_admin(project, shop):
    admin = project.load("shop.admin")
    registered = admin.site._registry[shop.Book]
    project.edit("shop/admin.py", '["title"]', '["title", "price"]')
    project.refresh()
    assert list(admin.site._registry) == [shop.Book]
    assert admin.site._registry[shop.Book].list_display == ["title", "price"]
    assert type(admin.site._registry[shop.Book]) is admin.BookAdmin is type(registered)

    project.edit(
        "shop/admin.py",
        '    list_display = ["title", "price"]',
        "    def get_ordering(self, request): return ['price']",
    )
    project.refresh()
    assert admin.site._registry[shop.Book].get_ordering(None) == ["price"]
